// The disk side of a shard: when confirms may leave, what is said when the disk fails, and the end.
#include <utility>

#include "base/ensure.h"
#include "base/log.h"
#include "broker/deduplication/key_log.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

namespace {
// Queues that hold less stay as they are when memory is short.
constexpr std::uint64_t paged_out_bytes_min = 256u << 10;
}  // namespace

void ShardNode::use_storage(std::unique_ptr<storage::LogEngine> engine,
                            broker::QueueStoreOptions options) {
    ENSURE(queues_.empty());
    engine_ = std::move(engine);
    store_options_ = options;
}

broker::OpenLog ShardNode::open_log(QueueId number) {
    return [this, number](storage::EntryOwner& owner, storage::LoadSink& restore,
                          storage::LogEngine::Restored& restored) {
        return engine_->attach(number, owner, restore, restored);
    };
}

void ShardNode::give_log(broker::QueueMachine& queue) {
    // One that is not durable gets its log late, to spill; nothing of it is found again.
    if (queue.settings().deduplicates && queue.settings().durable)
        queue.attach_keys(open_log(broker::key_log_of(queue.id())));
    queue.attach(open_log(queue.id()), store_options_);
}

void ShardNode::end_bootstrap() {
    queue_counts_ = {.queues = queue_counts_.queues};
    if (engine_ != nullptr) engine_->drop_unclaimed();
}

Instant ShardNode::next_deadline() const {
    Instant next = timers_.next();
    if (engine_ != nullptr) next = std::min(next, engine_->next_deadline());
    if (metadata_log_ != nullptr) next = std::min(next, metadata_log_->next_deadline());
    return next;
}

void ShardNode::page_out() {
    if (engine_ == nullptr || engine_->state() != storage::EngineState::healthy) return;
    queues_.for_each_awake([this](broker::QueueMachine& queue) {
        if (queue.resident_bytes() < paged_out_bytes_min) return;
        if (!queue.has_log()) give_log(queue);
        queue.spill();
    });
}

// What the queues have taken in this turn and still hold goes to the log in one piece.
void ShardNode::end_log_turn() {
    for (broker::QueueMachine* queue : logging_) {
        if (queue == nullptr) continue;
        const std::uint64_t mark = queue->log_pending();
        // Quorum queues have proposed theirs.
        if (mark != 0 && queue->settings().type != broker::QueueType::quorum)
            commit_waits_.add(queue->id(), mark);
    }
    logging_.clear();
    const bool waited_for =
        durable_confirms_.wanted() || commit_waits_.wanted() || quorum_host_.wanted();
    const storage::CommitNumber commit = engine_->end_turn(now().instant, waited_for);
    commit_waits_.end_turn(commit);
    quorum_host_.end_turn(commit);
    report_failed_groups();
    durable_confirms_.end_turn({commit, metadata_index_});
    release_durable();
    if (engine_->congested() != log_congested_) tell_congestion();
}

void ShardNode::release_durable() {
    const auto tell = [this](QueueId id, std::uint64_t mark) {
        if (broker::QueueMachine* queue = queues_.find(id)) queue->committed(mark);
    };
    commit_waits_.release(engine_->durable_through(), tell);
    quorum_host_.durable(engine_->durable_through(), tell);
    durable_confirms_.release(
        {engine_->durable_through(), metadata_durable_},
        [this](const broker::Confirm& range) { send_event(range.first.connection, range); });
}

broker::RaftPlace ShardNode::propose(const broker::QueueMachine& queue,
                                     const broker::RaftPlace& last) {
    return quorum_host_.propose(queue.id(), last);
}

void ShardNode::report_failed_groups() {
    for (const QuorumHost::Failure& failure : quorum_host_.take_failures()) {
        const broker::QueueMachine* queue = queues_.find(failure.queue);
        if (queue == nullptr) continue;
        log::error(log::raft,
                   "quorum queue '{}' in vhost '{}' confirms nothing more until a restart: {}",
                   queue->name(), queue->vhost(), failure.text);
    }
}

void ShardNode::tell_congestion() {
    log_congested_ = !log_congested_;
    for (std::uint16_t shard = 0; shard < shard_count(); ++shard)
        dispatch({shard}, LogCongestion{home_.shard(), log_congested_});
}

void ShardNode::handle(LogCongestion&& message) {
    if (message.congested)
        ++congested_logs_;
    else
        --congested_logs_;
}

// ---- EngineEvents ----

void ShardNode::durable(storage::CommitNumber) {
    release_durable();
}

void ShardNode::state_changed(storage::EngineState state, const std::string& text) {
    const auto level = state == storage::EngineState::healthy     ? log::Level::warning
                       : state == storage::EngineState::disk_full ? log::Level::error
                                                                  : log::Level::critical;
    log::write(level, log::general, "storage of shard {}: {}", home_.shard().value, text);
}

void ShardNode::damage_found(const std::string& text) {
    log::error(log::general, "storage of shard {}: {}", home_.shard().value, text);
}

void ShardNode::damage_found(const broker::QueueMachine& queue, const std::string& text) {
    log::error(log::general, "queue '{}' in vhost '{}': {}", queue.name(), queue.vhost(), text);
}

void ShardNode::stop_storage(std::move_only_function<void()> done) {
    if (engine_ == nullptr) return done();
    engine_->stop(
        [this](QueueId id) {
            broker::QueueMachine* queue = queues_.find(id);
            return queue == nullptr ? 0 : queue->delivered_through();
        },
        std::move(done));
}

}  // namespace warren::cluster
