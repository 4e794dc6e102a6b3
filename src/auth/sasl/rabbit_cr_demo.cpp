#include "auth/sasl/rabbit_cr_demo.h"

namespace warren::auth {

SaslStep RabbitCrDemoMechanism::respond(ByteView response) {
    constexpr std::string_view password_prefix = "My password is ";
    std::string_view text = as_text(response);
    if (!username_) {
        username_ = text;
        return Challenge{"Please tell me your password"};
    }
    if (!text.starts_with(password_prefix))
        return MalformedResponse{
            "RABBIT-CR-DEMO response invalid: expected \"My password is ...\""};
    text.remove_prefix(password_prefix.size());
    return Credentials{*username_, std::string(text)};
}

}  // namespace warren::auth
