#pragma once
// Reads a file of Erlang terms such as advanced.config: one term, and a full stop.
#include <string>
#include <string_view>

#include "app/config/erlang_term.h"
#include "base/result.h"

namespace warren::config {

// The error names the line and what was expected there. An empty file is an empty list.
Result<ErlangTerm, std::string> read_erlang_file(std::string_view text);

}  // namespace warren::config
