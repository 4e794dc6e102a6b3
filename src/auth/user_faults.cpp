// Checks of user commands before they are submitted (users.h, find_fault).
#include <fmt/format.h>

#include "auth/users.h"

namespace warren::auth {

namespace {

std::optional<std::string> fault_in_pattern(std::string_view which, std::string_view text) {
    const auto compiled = Pattern::compile(text);
    if (compiled) return std::nullopt;
    return fmt::format("{} is not a valid pattern: {} at byte {}", which, compiled.error().text,
                       compiled.error().offset);
}

std::optional<std::string> fault_in_name(std::string_view what, std::string_view name) {
    if (name.empty()) return fmt::format("{} must not be empty", what);
    return std::nullopt;
}

struct FindFault {
    using Fault = std::optional<std::string>;

    Fault operator()(const PutUser& command) const {
        return fault_in_name("user name", command.name);
    }
    Fault operator()(const SetPermissions& command) const {
        if (auto fault = fault_in_pattern("configure", command.patterns.configure)) return fault;
        if (auto fault = fault_in_pattern("write", command.patterns.write)) return fault;
        return fault_in_pattern("read", command.patterns.read);
    }
    Fault operator()(const SetTopicPermissions& command) const {
        if (auto fault = fault_in_pattern("write", command.patterns.write)) return fault;
        return fault_in_pattern("read", command.patterns.read);
    }
    // The others name what exists or do nothing.
    template <typename Other>
    Fault operator()(const Other&) const {
        return std::nullopt;
    }
};

}  // namespace

std::optional<std::string> find_fault(const UserCommand& command) {
    return std::visit(FindFault{}, command);
}

}  // namespace warren::auth
