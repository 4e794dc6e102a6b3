// Queues wake when something is asked of them, and come to rest when they have nothing.
#include <utility>

#include "base/ensure.h"
#include "broker/make_queue.h"
#include "broker/topology/effective_settings.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

using broker::QueueMachine;

QueueMachine* ShardNode::find_queue(QueueId id) {
    if (QueueMachine* awake = queues_.find(id)) [[likely]]
        return awake;
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

// Monitoring looks at every queue now and then, and so does a client that declares all it knows.
bool ShardNode::answer_at_rest(const broker::QueueCommand& command) {
    const auto* inspect = std::get_if<broker::Inspect>(&command.body);
    if (inspect == nullptr || queues_.find(command.queue) != nullptr ||
        topology_.find_queue(command.queue) == nullptr)
        return false;
    reply(inspect->ticket, broker::Counts{0, 0});
    return true;
}

Instant ShardNode::rest_queues() {
    ENSURE(home_.is_here());
    return queues_.rest_some(now().instant,
                             [this](QueueId id) { timers_.set(id, Instant::never()); });
}

}  // namespace warren::cluster
