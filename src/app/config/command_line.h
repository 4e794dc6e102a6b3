#pragma once
// The options of warrenmq-server.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::config {

struct CommandLine {
    std::vector<std::string> config_paths;  // --config, may be given several times
    std::string data_dir;                   // --data-dir
    bool check_config = false;  // --check-config: say whether the configuration is valid, then end
    std::string check_data;     // --check-data: look at this data folder, then end
    bool repair = false;        // --repair: and set aside what is damaged
};

// Why the program ends before it starts: --help and --version (code 0, for standard output) or a
// wrong option (code 2, for standard error).
struct EarlyExit {
    int code;
    std::string text;
};

Result<CommandLine, EarlyExit> parse_command_line(int argc, const char* const* argv,
                                                  std::string_view version);

}  // namespace warren::config
