#pragma once
// PLAIN (RFC 4616) as RabbitMQ reads it: NUL user NUL password. An authorization identity before
// the first NUL is not supported, there or here.
#include "auth/sasl/mechanism.h"

namespace warren::auth {

class PlainMechanism final : public Mechanism {
public:
    SaslStep respond(ByteView response) override;
};

}  // namespace warren::auth
