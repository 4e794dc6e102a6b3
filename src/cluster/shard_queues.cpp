// Queues wake when something is asked of them, and come to rest when they have nothing.
#include <utility>

#include "base/ensure.h"
#include "broker/make_queue.h"
#include "broker/topology/effective_settings.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

using broker::QueueMachine;

QueueMachine* ShardNode::wake(QueueId id) {
    const broker::QueueRecord* record = topology_.find_queue(id);
    if (record == nullptr || record->shard != home_.shard()) return nullptr;
    return &wake(*record, broker::effective_settings(*record));
}

QueueMachine& ShardNode::wake(const broker::QueueRecord& record, broker::QueueSettings settings) {
    broker::QueueHost& host = *this;
    auto machine =
        broker::make_queue(record.id(), record.vhost->name, record.name, std::move(settings), host);
    if (const broker::QueuePast* past = queues_.past_of(record.id())) machine->resume(*past);
    QueueMachine& queue = queues_.wake(std::move(machine));
    if (engine_ != nullptr && record.durable) give_log(queue);
    return queue;
}

void ShardNode::renew_settings(const broker::QueueRecord& record) {
    if (record.shard != home_.shard()) return;
    auto settings = broker::effective_settings(record);
    QueueMachine* const awake = queues_.find(record.id());
    if (awake == nullptr) {
        if (!settings.rests_while_empty()) wake(record, std::move(settings));
    } else if (settings != awake->settings()) {
        awake->update_settings(std::move(settings));
    }
}

// Monitoring looks at every queue now and then, and so does a client that declares all it knows;
// and queues are deleted by the thousand.
bool ShardNode::answer_at_rest(const broker::QueueCommand& command) {
    if (topology_.find_queue(command.queue) == nullptr) return false;
    if (const auto* inspect = std::get_if<broker::Inspect>(&command.body)) {
        reply(inspect->ticket, broker::Counts{0, 0});
        return true;
    }
    if (const auto* peek = std::get_if<broker::Peek>(&command.body)) {
        reply(peek->ticket, Boxed<broker::Peeked>(broker::Peeked{.at_end = true}));
        return true;
    }
    // It is empty and unused, whatever the client makes of that.
    const auto* remove = std::get_if<broker::Delete>(&command.body);
    if (remove != nullptr) submit_delete(command.queue, {remove->ticket, 0});
    return remove != nullptr;
}

std::optional<broker::QueueStats> ShardNode::stats_of(QueueId id) const {
    ENSURE(home_.is_here());
    if (const QueueMachine* awake = queues_.find(id)) return awake->stats();
    const broker::QueueRecord* record = topology_.find_queue(id);
    if (record == nullptr || record->shard != home_.shard()) return std::nullopt;
    broker::QueueStats stats;
    if (const broker::QueuePast* past = queues_.past_of(id)) {
        stats.counters = past->counters;
        stats.last_active = past->last_active;
        if (past->ages != nullptr) stats.ages = *past->ages;
    }
    return stats;
}

void ShardNode::add_queue(QueueId id, broker::QueueSums& sums) const {
    const auto stats = stats_of(id);
    if (!stats) return;
    const broker::QueueRecord& record = *topology_.find_queue(id);
    sums.add(record.vhost->name, broker::effective_settings(record), *stats);
}

Instant ShardNode::rest_queues() {
    ENSURE(home_.is_here());
    return queues_.rest_some(now().instant,
                             [this](QueueId id) { timers_.set(id, Instant::never()); });
}

}  // namespace warren::cluster
