#pragma once
// RABBIT-CR-DEMO: PLAIN in two steps, with which client libraries test connection.secure and
// secure-ok. The first response is the user name, the second "My password is " and the password.
#include <optional>

#include "auth/sasl/mechanism.h"

namespace warren::auth {

class RabbitCrDemoMechanism final : public Mechanism {
public:
    SaslStep respond(ByteView response) override;

private:
    std::optional<std::string> username_;  // once the first response is there
};

}  // namespace warren::auth
