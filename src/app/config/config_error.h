#pragma once
// What is wrong with a configuration, precise enough to be repaired without a manual.
#include <span>
#include <string>

namespace warren::config {

struct ConfigError {
    std::string file;  // or "environment" or "command line"
    int line = 0;      // from 1; 0: the file or variable as a whole
    std::string key;   // empty if the line has none
    std::string message;

    bool operator==(const ConfigError&) const = default;
};

// "rabbitmq.conf:300: heartbeat: expected an integer from 0 to 65535, found 'sixty'"
inline std::string to_text(const ConfigError& error) {
    std::string text = error.file;
    if (error.line > 0) text += ":" + std::to_string(error.line);
    if (!error.key.empty()) text += ": " + error.key;
    return text + ": " + error.message;
}

// All of them, one a line, as they are shown before the start is given up.
inline std::string to_text(std::span<const ConfigError> errors) {
    std::string text;
    for (const ConfigError& error : errors)
        text += to_text(error) + "\n";
    return text;
}

}  // namespace warren::config
