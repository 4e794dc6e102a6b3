#include "app/log_owners.h"

#include <fmt/format.h>

#include "base/log.h"
#include "broker/deduplication/key_log.h"

namespace warren::app {

using broker::LogOwner;

namespace {

bool is_key_log(QueueId log) {
    return log == broker::key_log_of(log);
}

QueueId owner_of_key_log(QueueId log) {
    return {log.value ^ broker::key_log_of({}).value};
}

}  // namespace

void LogOwners::learn(const broker::Topology& topology) {
    const auto name = [](std::string_view what, const broker::Destination& named) {
        return fmt::format("{} '{}' in vhost '{}'", what, log::escaped(named.name),
                           log::escaped(named.vhost->name));
    };
    for (const auto& vhost : topology.vhosts()) {
        for (const auto& exchange : vhost->exchanges)
            known_[{exchange->number}] = {LogOwner::unknown, name("exchange", *exchange)};
        for (const auto& queue : vhost->queues)
            known_[queue->id()] = {broker::owner_of_type(queue->type), name("queue", *queue)};
    }
}

LogOwner LogOwners::owner_of(QueueId log) const {
    if (is_key_log(log))
        return known_.contains(owner_of_key_log(log)) ? LogOwner::keys : LogOwner::unknown;
    const auto found = known_.find(log);
    return found == known_.end() ? LogOwner::unknown : found->second.owner;
}

std::string LogOwners::name_of(QueueId log) const {
    if (!log) return "a queue that is not known";
    if (is_key_log(log)) return name_of(owner_of_key_log(log));
    const auto found = known_.find(log);
    if (found != known_.end()) return found->second.name;
    return fmt::format("queue number {}, which does not exist", log.value);
}

}  // namespace warren::app
