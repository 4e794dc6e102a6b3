#pragma once
// SASL mechanisms: machines that are fed responses and end in credentials, a refusal, or a fault of
// the client. They read what the client claims; whether it is true is the access control's
// question. One per login attempt.
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "auth/peer.h"
#include "base/bytes.h"

namespace warren::auth {

// Whom the client claims to be. Without a password the identity was proved outside of SASL, by a
// certificate.
struct Credentials {
    std::string username;
    std::optional<std::string> password;
};

// To be sent with connection.secure; the answer goes into the next respond().
struct Challenge {
    std::string bytes;
};

// Login refused; `text` is for the log, as from AccessControl::login().
struct LoginRefused {
    std::string text;
};

// Not a response of this mechanism: RabbitMQ logs 502 SYNTAX_ERROR and drops the connection.
struct MalformedResponse {
    std::string text;
};

using SaslStep = std::variant<Challenge, Credentials, LoginRefused, MalformedResponse>;

class Mechanism {
public:
    virtual ~Mechanism() = default;
    // First with the response of connection.start-ok, then of each connection.secure-ok. Not after
    // anything but a Challenge.
    virtual SaslStep respond(ByteView response) = 0;
};

}  // namespace warren::auth
