#include "cli/failure.h"

#include <fmt/format.h>

namespace warren::cli {

Failure bad_argument(std::string_view why) {
    return {.code = exit_code::data_error,
            .text = fmt::format("Bad argument{}{}", why.empty() ? "." : ": ", why),
            .of_arguments = true};
}

Failure invalid_option(std::string_view option, std::string_view value) {
    return {.code = exit_code::usage,
            .text = fmt::format("Invalid options for this command:\n--{} : {}", option, value),
            .of_arguments = true};
}

Failure no_such_vhost(std::string_view name) {
    return {.code = exit_code::data_error,
            .text = fmt::format("Virtual host '{}' does not exist", name),
            .bare = true};
}

Failure no_such_user(std::string_view name, int code) {
    return {.code = code, .text = fmt::format("User {} does not exist", name)};
}

}  // namespace warren::cli
