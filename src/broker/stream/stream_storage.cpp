// What a stream does with its log: batches go in, segments are filled, retention cuts, and a start
// finds everything again.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/stream/delivered_message.h"
#include "broker/stream/stream_entry.h"
#include "broker/stream/stream_queue.h"

namespace warren::broker {

namespace {

// As in RabbitMQ's chunks.
constexpr std::size_t batch_messages_max = 4096;

storage::EntryHead head_at(std::uint64_t position, std::uint8_t level, std::uint64_t body_bytes) {
    return {.position = position,
            .body_bytes = static_cast<std::uint32_t>(body_bytes),
            .level = level,
            .persistent = true};
}

// Empty when no message of them has a value.
BloomFilter filter_of(std::span<const MessageRef> messages, std::size_t filter_bytes) {
    BloomFilter filter;
    for (std::size_t index = 0; index < messages.size(); ++index) {
        const std::string value = filter_value_of(*messages[index]);
        if (!filter.has_bits()) {
            if (value.empty()) continue;
            filter = BloomFilter(filter_bytes);
            if (index != 0) filter.insert({});
        }
        filter.insert(value);
    }
    return filter;
}

}  // namespace

// ---- growing ----

std::uint64_t StreamQueue::log_pending() {
    ENSURE(home_.is_here());
    log_asked_ = false;
    if (leaving_ || pending_.empty()) return 0;
    seal_pending();
    return next_offset_;
}

void StreamQueue::seal_pending() {
    std::span<MessageRef> rest = pending_;
    while (!rest.empty()) {
        const std::size_t count = std::min(rest.size(), batch_messages_max);
        seal_batch(rest.first(count));
        rest = rest.subspan(count);
    }
    pending_.clear();
    if (pending_.capacity() > batch_messages_max) pending_.shrink_to_fit();
}

void StreamQueue::seal_batch(std::span<MessageRef> messages) {
    // Positions of a chunk have no gaps; a start may leave one.
    if (chunks_.has_open_chunk() && chunks_.back().end_position() != next_position_) close_chunk();
    StreamTail::Batch batch;
    batch.first_offset = chunks_.end_offset();
    batch.first_position = next_position_;
    batch.timestamp_ms = host_.now().wall.ms;
    batch.count = static_cast<std::uint32_t>(messages.size());
    batch.written_count = static_cast<std::uint16_t>(messages.size());
    batch.filter = filter_of(messages, settings_.filter_bytes);
    std::uint64_t bytes = batch_overhead_bytes;
    batch.messages.reserve(messages.size());
    for (MessageRef& message : messages) {
        batch.messages.push_back(without_offset(std::move(message)));
        bytes += stored_bytes(*batch.messages.back());
    }
    next_position_ += batch.count;
    if (has_log()) log_batch(batch);
    const bool rolled = chunks_.add({batch.first_offset, batch.first_position, batch.count,
                                     batch.timestamp_ms, bytes, batch.filter},
                                    settings_.segment_bytes_max);
    tail_.push_back(std::move(batch));
    if (chunks_.should_close(settings_.segment_bytes_max)) close_chunk();
    if (rolled) retain();
}

void StreamQueue::log_batch(const StreamTail::Batch& batch) {
    StreamEntryHead head{batch.first_offset, batch.timestamp_ms, 0,
                         static_cast<std::uint16_t>(batch.count), batch.filter.bits()};
    std::uint64_t position = batch.first_position;
    for (const MessageRef& message : batch.messages) {
        const EncodedStreamEntry encoded(head, *message, options_.embed_bytes_max);
        log_->append({head_at(position++, stream_format::message_level, message->body_bytes()),
                      encoded.payload(), encoded.body()});
        head = {head.offset + 1,
                head.timestamp_ms,
                static_cast<std::uint16_t>(head.batch_index + 1),
                0,
                {}};
    }
}

void StreamQueue::close_chunk() {
    const std::uint64_t position = next_position_++;
    if (has_log())
        log_->append({head_at(position, stream_format::chunk_level, 0),
                      {as_bytes(encode_chunk(chunks_.back())), {}},
                      {}});
    chunks_.close(position);
}

// What is removed must not go before something that stays is safe: else a crash could leave
// nothing, and offsets would begin anew.
void StreamQueue::retain() {
    retention_due_ = !chunks_.empty() && chunks_.last_segment_offset() >= committed_end_;
    if (retention_due_) return;
    if (const auto through = chunks_.retain(settings_, host_.now().wall.ms)) {
        if (has_log()) log_->cut(*through);
        tail_.drop_through(*through);
        cache_.drop_before(first_offset());
    }
    arm_timer();
}

void StreamQueue::arm_timer() {
    const auto expiry_ms = chunks_.next_expiry_ms(settings_);
    const Now now = host_.now();
    const Instant wish =
        expiry_ms ? now.instant.plus_ms(std::max<std::int64_t>(*expiry_ms - now.wall.ms, 0))
                  : Instant::never();
    if (wish == timer_ || leaving_) return;
    timer_ = wish;
    host_.request_timer(*this, wish);
}

// ---- paging ----

void StreamQueue::spill() {
    ENSURE(home_.is_here());
    if (log_ == nullptr || leaving_ || tail_.empty()) return;
    log_->spill(next_position_ - 1);
}

void StreamQueue::collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) {
    ENSURE(home_.is_here());
    for (auto batch = tail_.find_position(after + 1); batch != tail_.batches().end(); ++batch) {
        if (batch->position() > through) break;
        for (std::uint64_t position = std::max(batch->position(), after + 1);
             position < batch->end_position() && position <= through; ++position) {
            const Message& message = *batch->messages[position - batch->position()];
            const std::uint64_t index = position - batch->first_position;
            const auto written = static_cast<std::uint16_t>(batch->written_index + index);
            const bool first = written == 0;
            const EncodedStreamEntry encoded(
                {batch->first_offset + index, batch->timestamp_ms, written,
                 first ? batch->written_count : std::uint16_t{},
                 first ? batch->filter.bits() : ByteView()},
                message, options_.embed_bytes_max);
            sink.take({head_at(position, stream_format::message_level, message.body_bytes()),
                       encoded.payload(), encoded.body()});
        }
    }
    chunks_.for_each_entry(after, through, [&](const Chunk& chunk) {
        sink.take({head_at(chunk.entry_position, stream_format::chunk_level, 0),
                   {as_bytes(encode_chunk(chunk)), {}},
                   {}});
    });
}

// Everything is read back from where it is; nothing is kept.
void StreamQueue::paged_out(std::uint64_t, std::uint64_t through,
                            std::vector<storage::EntryPlace>&) {
    ENSURE(home_.is_here());
    tail_.drop_through(through);
}

void StreamQueue::lost(std::uint8_t, std::uint64_t entries, std::uint64_t) {
    lost_ += entries;
}

void StreamQueue::report(const std::string& what) {
    host_.damage_found(*this, what);
}

}  // namespace warren::broker
