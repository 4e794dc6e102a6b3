#pragma once
// How a command ends when it does not end well: with RabbitMQ's exit codes, which are those of
// BSD's sysexits.h, and a text for the standard error output.
#include <string>
#include <string_view>

#include "base/result.h"

namespace warren::cli {

namespace exit_code {
inline constexpr int usage = 64;
inline constexpr int data_error = 65;
inline constexpr int no_user = 67;
inline constexpr int unavailable = 69;
inline constexpr int software = 70;
inline constexpr int temporary = 75;
}  // namespace exit_code

struct Failure {
    int code = exit_code::unavailable;
    std::string text;
    // The text is all; else "Error:" stands before it.
    bool bare = false;
    // What was typed is at fault: that and the usage are shown with the text.
    bool of_arguments = false;
};

// "Bad argument: why"
Failure bad_argument(std::string_view why);
// An option has a value that it cannot have.
Failure invalid_option(std::string_view option, std::string_view value);
// Of what a command is about.
Failure no_such_vhost(std::string_view name);
Failure no_such_user(std::string_view name, int code = exit_code::no_user);

using Outcome = Result<void, Failure>;

}  // namespace warren::cli
