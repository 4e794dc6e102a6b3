#include "cli/command.h"

#include <algorithm>
#include <array>

#include "app/config/edit_distance.h"

namespace warren::cli {

namespace {

constexpr std::array<std::string_view, 7> tool_names{
    "rabbitmqctl",      "rabbitmq-diagnostics", "rabbitmq-queues", "rabbitmq-streams",
    "rabbitmq-plugins", "rabbitmq-upgrade",     "warrenctl"};

std::vector<const Command*> all_commands() {
    std::vector<const Command*> list;
    for (const auto commands :
         {user_commands(),         policy_commands(),     parameter_commands(),
          definition_commands(),   permission_commands(), vhost_commands(),
          limit_commands(),        listing_commands(),    connection_commands(),
          channel_commands(),      queue_commands(),      node_commands(),
          status_commands(),       health_commands(),     feature_commands(),
          maintenance_commands(),  diagnostic_commands(), log_commands(),
          refused_commands(),      plugin_commands(),     report_commands(),
          message_commands(),      explain_commands(),    secret_commands(),
          super_stream_commands(), statistics_commands(), tls_commands(),
          help_commands()})
        for (const Command& command : commands)
            list.push_back(&command);
    return list;
}

}  // namespace

std::string_view name_of(Tool tool) {
    return tool_names[static_cast<std::size_t>(tool)];
}

Tool tool_named(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const auto* found = std::ranges::find(tool_names, name);
    if (found == tool_names.end()) return Tool::warrenctl;
    return static_cast<Tool>(found - tool_names.begin());
}

std::vector<const Command*> commands_of(Tool tool) {
    auto list = all_commands();
    if (tool != Tool::warrenctl)
        std::erase_if(
            list, [&](const Command* command) { return (command->tools & tools::bit(tool)) == 0; });
    std::ranges::sort(list, [](const Command* one, const Command* other) {
        return std::pair(one->group, one->name) < std::pair(other->group, other->name);
    });
    return list;
}

const Command* find_command(Tool tool, std::string_view name) {
    const auto list = commands_of(tool);
    const auto found = std::ranges::find(list, name, &Command::name);
    return found == list.end() ? nullptr : *found;
}

const Command* nearest_command(Tool tool, std::string_view name) {
    constexpr std::size_t distance_max = 3;
    const Command* nearest = nullptr;
    std::size_t distance = distance_max + 1;
    for (const Command* command : commands_of(tool)) {
        const std::size_t to_this = config::edit_distance(name, command->name);
        if (to_this >= distance || to_this * 2 > command->name.size()) continue;
        nearest = command;
        distance = to_this;
    }
    return nearest;
}

}  // namespace warren::cli
