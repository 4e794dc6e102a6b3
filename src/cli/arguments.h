#pragma once
// What was typed behind the name of a tool, taken apart as RabbitMQ's tools do it: options may
// stand anywhere, before the command and behind it; "--" ends them.
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace warren::cli {

struct Option {
    std::string_view name;  // without its dashes
    char letter = 0;        // "-p"; 0: none
    bool takes_value = true;
    bool whole_number = false;
};

// Understood by every command.
std::span<const Option> global_options();

struct Arguments {
    std::vector<std::string> words;                           // the command and what is given to it
    std::map<std::string, std::string, std::less<>> options;  // a flag has an empty value
    std::vector<std::string> unknown;                         // options, as typed
    // Options that must be whole numbers, with what they were given.
    std::vector<std::pair<std::string, std::string>> no_numbers;

    bool has(std::string_view option) const { return options.contains(option); }
    // Empty if it was not given.
    std::string_view value(std::string_view option) const;
};

// Takes options of `options` and the global ones. What neither knows is put aside; its value, if it
// has one, counts as a word.
Arguments parse_arguments(std::span<const std::string> typed, std::span<const Option> options);

}  // namespace warren::cli
