// How a stream comes back: its chunks from their own entries, the chunk that was open from its
// messages, and what only the write-ahead log has as the tail.
#include <algorithm>
#include <functional>
#include <utility>

#include "base/ensure.h"
#include "broker/stream/stream_entry.h"
#include "broker/stream/stream_queue.h"

namespace warren::broker {

namespace {

constexpr storage::LoadLimit restore_limit{.entries = 4096, .bytes = 1u << 20};

// Gathers what is known of batches from their messages, as they come.
class BatchGatherer {
public:
    using Take = std::function<void(const BatchSummary&)>;
    explicit BatchGatherer(Take take) : take_(std::move(take)) {}

    void add(const StreamEntryHead& head, std::uint64_t position, std::uint64_t bytes) {
        const bool follows = batch_.count != 0 && head.batch_index != 0 &&
                             head.offset == batch_.first_offset + batch_.count &&
                             position == batch_.first_position + batch_.count;
        if (!follows) {
            end();
            batch_ = {head.offset,       position, 0,
                      head.timestamp_ms, 0,        BloomFilter::of_bits(head.filter)};
            batch_.bytes = batch_overhead_bytes;
        }
        ++batch_.count;
        batch_.bytes += bytes;
    }
    void end() {
        if (batch_.count != 0) take_(batch_);
        batch_.count = 0;
    }

private:
    Take take_;
    BatchSummary batch_;
};

class OpenChunkReader final : public storage::LoadSink {
public:
    explicit OpenChunkReader(BatchGatherer& gatherer) : gatherer_(gatherer) {}
    // What cannot be decoded is reported when it is read.
    void take(const storage::LoadedEntry& loaded) override {
        const auto entry = decode_stream_entry(loaded.payload, loaded.body);
        if (entry) gatherer_.add(entry->head, loaded.head.position, stored_bytes(entry->message));
    }

private:
    BatchGatherer& gatherer_;
};

}  // namespace

// Takes what is restored: messages become the tail, chunks wait to be put in order.
class StreamQueue::Restorer final : public storage::LoadSink {
public:
    explicit Restorer(StreamQueue& stream) : stream_(stream) {}

    void take(const storage::LoadedEntry& loaded) override {
        if (loaded.head.level == stream_format::chunk_level) return take_chunk(loaded);
        const auto entry = decode_stream_entry(loaded.payload, loaded.body);
        if (!entry) return stream_.report(entry.error());
        take_message(loaded.head.position, *entry);
    }

    std::vector<Chunk> chunks;

private:
    void take_chunk(const storage::LoadedEntry& loaded) {
        auto chunk = decode_chunk(loaded.payload);
        if (!chunk) return stream_.report(chunk.error());
        chunk->entry_position = loaded.head.position;
        if (chunk->end_position() > chunk->entry_position)
            return stream_.report("chunk of a stream: it is not where it says");
        chunks.push_back(std::move(*chunk));
    }
    void take_message(std::uint64_t position, const StreamEntry& entry) {
        StreamTail& tail = stream_.tail_;
        const StreamEntryHead& head = entry.head;
        std::uint64_t gone = std::min<std::uint64_t>({head.batch_index, head.offset, position - 1});
        StreamTail::Batch batch;
        batch.filter = BloomFilter::of_bits(head.filter);
        if (!tail.empty()) {
            const StreamTail::Batch& last = tail.batches().back();
            if (head.offset < last.end_offset() || position < last.end_position())
                return stream_.report("entry of a stream: its offset does not rise");
            if (head.batch_index != 0 && head.offset == last.end_offset() &&
                position == last.end_position())
                return tail.extend(make_message(entry));
            // Messages in the middle of a batch are lost: what is behind them goes on from there.
            if (head.offset - gone < last.end_offset()) {
                gone = std::min(head.offset - last.end_offset(), position - last.end_position());
                batch.filter = last.filter;
            }
        }
        batch.first_offset = head.offset - gone;
        batch.first_position = position - gone;
        batch.timestamp_ms = head.timestamp_ms;
        batch.written_index = static_cast<std::uint16_t>(head.batch_index - gone);
        batch.written_count = head.batch_count;
        batch.count = static_cast<std::uint32_t>(gone + 1);
        batch.messages.push_back(make_message(entry));
        tail.push_back(std::move(batch));
    }

    StreamQueue& stream_;
};

void StreamQueue::attach(const OpenLog& open_log, QueueStoreOptions options) {
    ENSURE(home_.is_here());
    // A stream is durable: it has its log before anything else.
    ENSURE(log_ == nullptr && next_offset_ == 0);
    options_ = options;
    Restorer restorer(*this);
    storage::LogEngine::Restored restored;
    log_ = open_log(*this, restorer, restored);
    ENSURE(log_ != nullptr);
    next_position_ = restored.last_position + 1;
    storage::LogCursor cursor;
    while (log_->read(stream_format::chunk_level, restore_limit, cursor, restorer)) {
    }
    restore_chunks(std::move(restorer.chunks));
    restore_open_chunk();
    next_offset_ = committed_end_ = chunks_.end_offset();
    retain();
}

void StreamQueue::restore_chunks(std::vector<Chunk>&& chunks) {
    std::ranges::sort(chunks, {}, &Chunk::entry_position);
    for (const Chunk& chunk : chunks)
        if (!chunks_.restore(chunk)) report("chunk of a stream: it does not follow the one before");
}

// Messages behind the last chunk that was closed: those in segments, then those of the tail.
void StreamQueue::restore_open_chunk() {
    const std::uint64_t after = chunks_.empty() ? 0 : chunks_.back().entry_position;
    BatchGatherer gatherer([this](const BatchSummary& batch) { restore_batch(batch); });
    OpenChunkReader reader(gatherer);
    storage::LogCursor cursor(after + 1);
    while (log_->read(stream_format::message_level, restore_limit, cursor, reader)) {
    }
    for (auto batch = tail_.find_position(after + 1); batch != tail_.batches().end(); ++batch) {
        StreamEntryHead head{batch->offset(), batch->timestamp_ms,
                             static_cast<std::uint16_t>(batch->gone()), 0, batch->filter.bits()};
        std::uint64_t position = batch->position();
        for (const MessageRef& message : batch->messages) {
            gatherer.add(head, position++, stored_bytes(*message));
            ++head.offset;
            ++head.batch_index;
        }
    }
    gatherer.end();
}

void StreamQueue::restore_batch(const BatchSummary& batch) {
    const bool follows = batch.first_offset >= chunks_.end_offset();
    if (follows && chunks_.has_open_chunk()) {
        // Where messages are lost the chunk ends.
        const Chunk& chunk = chunks_.back();
        const bool joins = chunk.end_position() == batch.first_position &&
                           chunk.end_offset() == batch.first_offset;
        if (!joins && batch.first_position > chunk.end_position())
            chunks_.close(batch.first_position - 1);
        else if (!joins)
            return report("entry of a stream: its offset is that of another place");
    }
    if (!follows) return report("entry of a stream: its offset does not rise");
    chunks_.add(batch, settings_.segment_bytes_max);
}

}  // namespace warren::broker
