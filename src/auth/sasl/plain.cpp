#include "auth/sasl/plain.h"

namespace warren::auth {

SaslStep PlainMechanism::respond(ByteView response) {
    // RabbitMQ logs the whole response here. It is likely to hold a password, so this log only gets
    // the fault.
    MalformedResponse malformed{"PLAIN response invalid: expected NUL user NUL password"};
    const std::string_view text = as_text(response);
    if (!text.starts_with('\0')) return malformed;
    const auto second = text.find('\0', 1);
    if (second == std::string_view::npos) return malformed;
    const std::string_view password = text.substr(second + 1);
    if (password.contains('\0')) return malformed;
    return Credentials{std::string(text.substr(1, second - 1)), std::string(password)};
}

}  // namespace warren::auth
