#include "broker/stream/stream_queue.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

namespace {

// Messages as they are delivered, for all readers.
constexpr std::uint64_t cache_bytes_max = 4u << 20;

}  // namespace

StreamQueue::StreamQueue(QueueId id, std::string vhost, std::string name, QueueSettings settings,
                         QueueHost& host)
    : QueueMachine(id, std::move(vhost), std::move(name), std::move(settings), host),
      cache_(cache_bytes_max),
      last_active_(host.now().instant) {}

StreamQueue::~StreamQueue() = default;

void StreamQueue::apply(QueueCommandBody&& command) {
    // RabbitMQ refuses to purge a stream or to get from it; sessions know and do not ask.
    struct Dispatch {
        StreamQueue& stream;
        void operator()(Publish&& body) { stream.publish(std::move(body.message), body.ticket); }
        void operator()(Consume&& body) { stream.consume(std::move(body)); }
        void operator()(Cancel&& body) { stream.readers_.leave(body.consumer); }
        void operator()(Settle&& body) { stream.settle(body); }
        void operator()(Credit&& body) { stream.credit(body); }
        // Nobody has asked for grants.
        void operator()(Grant&& body) {
            stream.host_.notify(body.consumer, GrantReturned{body.consumer, body.messages});
        }
        void operator()(Get&& body) { stream.host_.reply(body.ticket, GetEmpty{}); }
        void operator()(Purge&& body) { stream.host_.reply(body.ticket, Purged{}); }
        void operator()(Peek&& body) { stream.peek(body); }
        void operator()(Take&& body) { stream.host_.reply(body.ticket, Taken{}); }
        void operator()(Delete&& body) { stream.remove(body); }
        // RabbitMQ counts no consumers of streams here.
        void operator()(Inspect&& body) {
            stream.host_.reply(body.ticket, Counts{stream.end_offset() - stream.first_offset(), 0});
        }
        void operator()(Release&& body) { stream.readers_.leave(body.connection, body.channel); }
        void operator()(Recover&& body) {
            stream.readers_.settle_all(body.connection, body.channel);
            stream.ask_turn();
        }
    };
    ENSURE(home_.is_here());
    std::visit(Dispatch{*this}, std::move(command));
    if (readers_.empty()) cache_.clear();
}

void StreamQueue::publish(MessageRef message, const ConfirmTicket& ticket) {
    ENSURE(home_.is_here());
    if (leaving_) [[unlikely]] {
        // As good as deleted: the message would go with the stream in a moment.
        if (ticket) host_.confirm(ticket, ConfirmOutcome::taken);
        return;
    }
    ++counters_.published;
    ++next_offset_;
    pending_.push_back(std::move(message));
    if (ticket)
        host_.confirm(ticket, has_log() ? ConfirmOutcome::taken_to_log : ConfirmOutcome::taken);
    if (!has_log()) return ask_turn();
    if (!std::exchange(log_asked_, true)) host_.request_log(*this);
}

void StreamQueue::committed(std::uint64_t mark) {
    ENSURE(home_.is_here());
    ENSURE(mark <= next_offset_);
    committed_end_ = std::max(committed_end_, mark);
    if (retention_due_) retain();
    // Readers have a message before its publisher is told that it is safe, as in RabbitMQ.
    if (!leaving_) serve_readers();
}

void StreamQueue::consume(Consume&& command) {
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    // Sessions have checked it.
    const StreamOffset wanted =
        parse_stream_offset(command.consumer.arguments).value_or(StreamOffset());
    Reader& reader = readers_.join(std::move(command.consumer));
    reader.filter = parse_stream_filter(reader.spec.arguments);
    reader.next_offset = reader.start_offset = resolve(wanted);
    if (reader.filter.active()) {
        // Whether a batch is wanted is said at its beginning; a chunk begins with a batch.
        const Chunk* chunk = chunks_.find(reader.start_offset);
        const std::uint64_t begin = chunk ? chunk->first_offset : chunks_.end_offset();
        reader.next_offset = std::min(reader.next_offset, begin);
    }
    host_.reply(command.ticket, ConsumeOk{});
    ask_turn();
}

void StreamQueue::settle(const Settle& command) {
    const auto [reader, count] = readers_.settle(command.first, command.last);
    if (reader == nullptr) return;
    // Whatever is said of it: nothing comes back.
    counters_.acked += count;
    if (reader->next_offset < committed_end_) ask_turn();
}

void StreamQueue::credit(const Credit& command) {
    Reader* const reader = readers_.find(command.consumer);
    if (reader == nullptr) return;
    // Sessions credit what they were sent, no more.
    ENSURE(command.messages <= reader->passing_messages && command.bytes <= reader->passing_bytes);
    reader->passing_messages -= command.messages;
    reader->passing_bytes -= command.bytes;
    if (reader->next_offset < committed_end_) ask_turn();
}

// RabbitMQ takes no notice of if-unused and if-empty here, and counts no messages.
void StreamQueue::remove(const Delete& command) {
    if (leaving_) return host_.reply(command.ticket, Deleted{0});
    leaving_ = true;
    host_.request_delete(*this, command.ticket, 0);
}

void StreamQueue::update_settings(QueueSettings settings) {
    ENSURE(home_.is_here());
    settings_ = std::move(settings);
    retain();
}

void StreamQueue::shut_down() {
    ENSURE(home_.is_here());
    leaving_ = true;
    readers_.for_each([this](const Reader& reader) {
        host_.notify(reader.spec.id, ConsumerCancelled{reader.spec.id});
    });
    host_.request_timer(*this, Instant::never());
    if (log_ != nullptr) log_->remove();
}

void StreamQueue::ask_turn() {
    if (leaving_ || std::exchange(turn_asked_, true)) return;
    host_.request_turn(*this);
}

QueueStats StreamQueue::stats() const {
    QueueStats stats;
    stats.counters = counters_;
    stats.counters.lost = lost_;
    stats.ready = stats.persistent = end_offset() - first_offset();
    stats.ready_bytes = stats.persistent_bytes = chunks_.bytes();
    stats.unacked = readers_.unacked();
    if (log_ != nullptr) {
        stats.paged = log_->paged().entries;
        stats.paged_bytes = log_->paged().body_bytes;
    }
    stats.memory_bytes = tail_.bytes() + cache_.bytes() + chunks_.memory_bytes();
    stats.consumers = readers_.count();
    stats.segments = chunks_.segments();
    stats.first_timestamp_ms = chunks_.first_timestamp_ms();
    if (stats.ready != 0) stats.committed_offset = committed_end_ - 1;
    readers_.for_each([&](const Reader& reader) {
        stats.consumers_able += reader.has_room();
        const std::uint64_t lag =
            committed_end_ - std::min(std::max(reader.next_offset, first_offset()), committed_end_);
        stats.offset_lag_max = std::max(stats.offset_lag_max.value_or(0), lag);
    });
    stats.last_active = last_active_;
    return stats;
}

void StreamQueue::check_invariants() {
    chunks_.check_invariants();
    ENSURE(chunks_.end_offset() + pending_.size() == next_offset_);
    ENSURE(committed_end_ <= chunks_.end_offset());
    ENSURE(pending_.empty() || leaving_ || (has_log() ? log_asked_ : turn_asked_));
    std::uint64_t end = 0;
    for (const StreamTail::Batch& batch : tail_.batches()) {
        ENSURE(!batch.messages.empty() && batch.messages.size() <= batch.count);
        ENSURE(batch.first_offset >= end);
        end = batch.end_offset();
        ENSURE(chunks_.position_of(batch.offset()) == batch.position());
    }
    ENSURE(tail_.empty() || end == chunks_.end_offset());
    readers_.for_each([&](const Reader& reader) {
        ENSURE(reader.batch.empty());
        ENSURE(reader.spec.prefetch == 0 || reader.unacked <= reader.spec.prefetch);
        ENSURE(reader.passing_messages <= limits::delivery_window_messages);
        const bool waits =
            reader.has_room() && std::max(reader.next_offset, first_offset()) < committed_end_;
        ENSURE(!waits || turn_asked_ || leaving_);
    });
}

}  // namespace warren::broker
