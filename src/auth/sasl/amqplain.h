#pragma once
// AMQPLAIN: a field table without its length, holding LOGIN and PASSWORD. Old AMQP libraries'
// default.
#include "auth/sasl/mechanism.h"

namespace warren::auth {

class AmqplainMechanism final : public Mechanism {
public:
    SaslStep respond(ByteView response) override;
};

}  // namespace warren::auth
