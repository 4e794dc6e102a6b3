#pragma once
// EXTERNAL: the client's certificate says who it is; the response is not looked at (RabbitMQ's
// rabbitmq_auth_mechanism_ssl).
#include "auth/sasl/mechanism.h"

namespace warren::auth {

class ExternalMechanism final : public Mechanism {
public:
    explicit ExternalMechanism(Peer peer) : peer_(std::move(peer)) {}
    SaslStep respond(ByteView response) override;

private:
    Peer peer_;
};

}  // namespace warren::auth
