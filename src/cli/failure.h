#pragma once
// How a command ends when it does not end well: with RabbitMQ's exit codes, which are those of
// BSD's sysexits.h, and a text for the standard error output.
#include <string>

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
};

using Outcome = Result<void, Failure>;

}  // namespace warren::cli
