#include "app/check_report.h"

#include <fmt/format.h>

#include "base/log.h"

namespace warren::app {

namespace {

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace

void QueueNames::learn(const broker::Topology& topology) {
    for (const auto& vhost : topology.vhosts())
        for (const auto& queue : vhost->queues)
            names_[queue->id()] = fmt::format("queue '{}' in vhost '{}'", log::escaped(queue->name),
                                              log::escaped(vhost->name));
}

std::string QueueNames::name_of(QueueId queue) const {
    if (!queue) return "a queue that is not known";
    const auto found = names_.find(queue);
    if (found != names_.end()) return found->second;
    return fmt::format("queue number {}, which does not exist", queue.value);
}

std::string describe(const MessageCounts& counts, const QueueNames& names) {
    std::string text;
    for (const auto& [queue, count] : counts)
        text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", counted(count, "message"),
                            names.name_of(queue));
    return text;
}

std::vector<std::string> describe(const storage::Damage& damage, const QueueNames& names) {
    std::vector<std::string> lines;
    lines.push_back(fmt::format("DAMAGED {} at byte {}: {}", damage.place.path, damage.place.offset,
                                damage.what));
    if (damage.bytes != 0) lines.back() += fmt::format(" ({})", counted(damage.bytes, "byte"));
    if (damage.places > 1)
        lines.back() += fmt::format(", and so in {} behind", counted(damage.places - 1, "place"));

    if (!damage.messages.empty())
        lines.push_back("    costs at most " + describe(damage.messages, names));
    std::string perhaps;
    for (const QueueId queue : damage.perhaps_of)
        perhaps += (perhaps.empty() ? "" : ", ") + names.name_of(queue);
    if (!perhaps.empty()) lines.push_back("    perhaps of " + perhaps);
    if (damage.settlements != 0)
        lines.push_back(
            fmt::format("    {} lost: messages that had been consumed may come back",
                        counted(damage.settlements, "record") + " of acknowledgements"));
    if (damage.more_is_unknown) lines.push_back("    what else was there cannot be told");
    const bool free_of_cost =
        damage.messages.empty() && damage.settlements == 0 && !damage.more_is_unknown;
    if (free_of_cost) lines.push_back("    costs no message");
    return lines;
}

}  // namespace warren::app
