// Checks of user commands before they are submitted (users.h, find_fault).
#include <fmt/format.h>

#include "auth/users.h"

namespace warren::auth {

namespace {

using Fault = std::optional<CommandFault>;

Fault fault_in_pattern(std::string_view member, std::string_view pattern) {
    const auto compiled = compile_permission(pattern);
    if (compiled) return std::nullopt;
    return CommandFault{member, fmt::format("not a valid pattern: {} at byte {}",
                                            compiled.error().text, compiled.error().offset)};
}

struct FindFault {
    Fault operator()(const PutUser& command) const {
        if (!command.name.empty()) return std::nullopt;
        return CommandFault{"name", "must not be empty"};
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

std::optional<CommandFault> find_fault(const UserCommand& command) {
    return std::visit(FindFault{}, command);
}

}  // namespace warren::auth
