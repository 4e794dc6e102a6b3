#pragma once
// basic.properties expiration: milliseconds as decimal text. What RabbitMQ takes and how it refuses
// the rest.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace warren::session {

// The error is the text of a 406, such as "invalid expiration 'abc': no_integer".
Result<std::uint64_t, std::string> parse_expiration(std::string_view text);

}  // namespace warren::session
