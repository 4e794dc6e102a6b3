// The end of the turn: readers get what they have room for.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"
#include "broker/stream/delivered_message.h"
#include "broker/stream/stream_entry.h"
#include "broker/stream/stream_queue.h"

namespace warren::broker {

namespace {

// Readings of the log in one turn, each of a block at most: publishers must not wait for readers.
constexpr std::size_t readings_per_turn = 16;
// What a reader may get before others, however many they are.
constexpr std::size_t share_min = 256;
// A reader keeps the memory of a batch of this size for its next one.
constexpr std::size_t batch_kept = 128;

}  // namespace

void StreamQueue::work() {
    ENSURE(home_.is_here());
    turn_asked_ = false;
    if (leaving_) return;
    last_active_ = host_.now().instant;
    if (!has_log()) {
        seal_pending();
        committed_end_ = next_offset_;
        if (retention_due_) retain();
    }
    serve_readers();
}

void StreamQueue::serve_readers() {
    Budget budget{limits::queue_work_per_turn, readings_per_turn};
    const std::size_t share =
        std::max(share_min, budget.messages / std::max<std::size_t>(readers_.count(), 1));
    bool more = false;
    readers_.for_each_in_turn([&](Reader& reader) {
        if (!reader.has_room() || reader.next_offset >= committed_end_) return true;
        // Somebody who has waited for this turn.
        if (budget.messages == 0 || budget.readings == 0) return !(more = true);
        more |= serve(reader, budget, std::min(share, budget.messages));
        return true;
    });
    if (more) ask_turn();
}

void StreamQueue::on_timer() {
    ENSURE(home_.is_here());
    timer_ = Instant::never();
    if (!leaving_) retain();
}

// True: it could take more, and there is more.
bool StreamQueue::serve(Reader& reader, Budget& budget, std::size_t most) {
    reader.next_offset = std::max(reader.next_offset, first_offset());
    const auto wants_more = [&] {
        return reader.has_room() && reader.next_offset < committed_end_;
    };
    while (reader.batch.size() < most && wants_more()) {
        if (reader.filter.active()) pass_over_chunks(reader);
        if (reader.next_offset >= committed_end_) break;
        const Block* block = block_at(reader.next_offset, budget);
        if (block == nullptr) break;
        gather(reader, *block, most);
    }
    const bool more = wants_more();
    if (reader.batch.empty()) return more;
    budget.messages -= std::min(budget.messages, reader.batch.size());
    counters_.delivered += reader.batch.size();
    host_.deliver(reader.spec.id, reader.batch);
    reader.batch.clear();
    if (reader.batch.capacity() > batch_kept) reader.batch = std::vector<Delivery>();
    return more;
}

void StreamQueue::pass_over_chunks(Reader& reader) const {
    while (reader.next_offset < committed_end_) {
        const Chunk* chunk = chunks_.find(reader.next_offset);
        if (chunk == nullptr || chunk->first_offset < reader.next_offset ||
            reader.filter.may_match(chunk->filter))
            return;
        reader.next_offset = std::min(chunk->end_offset(), committed_end_);
    }
}

void StreamQueue::gather(Reader& reader, const Block& block, std::size_t most) {
    const bool filters = reader.filter.active();
    for (std::size_t index = block.index_of(reader.next_offset); index < block.entries.size();
         ++index) {
        const Block::Entry& entry = block.entries[index];
        if (entry.offset >= committed_end_) return;
        if (filters) {
            if (const Block::BatchStart* batch = block.batch_at(entry.offset)) {
                reader.batch_end = batch->first_offset + batch->count;
                reader.wants_batch = reader.filter.may_match(batch->filter);
            }
            if (!reader.wants_batch && entry.offset < reader.batch_end) {
                reader.next_offset = std::min(reader.batch_end, committed_end_);
                index = block.index_of(reader.next_offset) - 1;
                continue;
            }
        }
        if (reader.batch.size() >= most || !reader.has_room()) return;
        reader.next_offset = entry.offset + 1;
        if (entry.offset >= reader.start_offset) reader.take(entry.message);
    }
    reader.next_offset = std::max(reader.next_offset, std::min(block.end, committed_end_));
}

// As a reader at that offset would see them.
void StreamQueue::peek(const Peek& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    const std::size_t most = std::min<std::size_t>(command.messages, peeked_messages_max);
    Budget budget{.messages = most, .readings = readings_per_turn};
    std::uint64_t offset = std::max(command.from.seen, first_offset());
    Peeked answer;
    while (answer.messages.size() < most && offset < committed_end_) {
        const Block* block = block_at(offset, budget);
        if (block == nullptr) break;
        std::size_t index = block->index_of(offset);
        for (; index < block->entries.size() && answer.messages.size() < most; ++index) {
            const Block::Entry& entry = block->entries[index];
            if (entry.offset >= committed_end_) break;
            answer.messages.push_back({entry.message.share(), {0, entry.offset}, false});
            offset = entry.offset + 1;
        }
        if (index == block->entries.size())
            offset = std::max(offset, std::min(block->end, committed_end_));
    }
    answer.next = {.level = 0, .seen = offset};
    answer.at_end = offset >= committed_end_;
    host_.reply(command.ticket, Boxed<Peeked>(std::move(answer)));
}

// ---- blocks ----

const Block* StreamQueue::block_at(std::uint64_t offset, Budget& budget) {
    if (const Block* found = cache_.find(offset)) return found;
    const bool in_tail = !tail_.empty() && offset >= tail_.first_offset();
    if (!in_tail && budget.readings == 0) return nullptr;
    Block& block = cache_.open(offset);
    const std::uint64_t end = std::min(committed_end_, cache_.next_start(offset));
    const std::uint64_t bytes = block.bytes;
    if (in_tail) {
        fill_from_tail(block, end);
    } else {
        --budget.readings;
        fill_from_log(block, end);
    }
    // Nothing is left of it.
    if (block.end == offset) block.end = end;
    cache_.filled(block, bytes);
    return &block;
}

void StreamQueue::fill_from_tail(Block& block, std::uint64_t end) {
    std::uint64_t offset = block.end;
    for (auto batch = tail_.find(offset); batch != tail_.batches().end(); ++batch) {
        for (offset = std::max(offset, batch->offset()); offset < batch->end_offset(); ++offset) {
            if (offset >= end) return;
            if (block.entries.size() >= BlockCache::block_entries_max ||
                block.bytes >= BlockCache::block_bytes_max)
                return;
            if (offset == batch->first_offset)
                block.add(Block::BatchStart{batch->first_offset, batch->count, batch->timestamp_ms,
                                            batch->filter});
            const MessageRef& message = batch->messages[offset - batch->offset()];
            block.add(offset, with_offset(*message, offset, header_scratch_));
        }
    }
}

namespace {

class BlockFiller final : public storage::LoadSink {
public:
    BlockFiller(Block& block, std::uint64_t end, std::string& scratch)
        : block_(block), end_(end), scratch_(scratch) {}

    void take(const storage::LoadedEntry& loaded) override {
        const auto entry = decode_stream_entry(loaded.payload, loaded.body);
        if (!entry) {
            fault = entry.error();
            return;
        }
        const StreamEntryHead& head = entry->head;
        if (head.offset < block_.end || head.offset >= end_) return;
        if (head.batch_index == 0)
            block_.add(Block::BatchStart{head.offset, head.batch_count, head.timestamp_ms,
                                         BloomFilter::of_bits(head.filter)});
        block_.add(head.offset, with_offset(entry->message, head.offset, scratch_));
    }

    std::string fault;  // of the last entry that is none

private:
    Block& block_;
    const std::uint64_t end_;
    std::string& scratch_;
};

}  // namespace

void StreamQueue::fill_from_log(Block& block, std::uint64_t end) {
    const std::uint64_t wanted = block.end;
    if (!tail_.empty()) end = std::min(end, tail_.first_offset());
    // The cursor of the block before is good, unless something else lies in between. Never below
    // the message: a reading may then find nothing but what was cut off there.
    const std::uint64_t position = chunks_.position_of(wanted);
    if (block.cursor.position < position || chunks_.offset_at(block.cursor.position) != wanted)
        block.cursor = storage::LogCursor(position);
    BlockFiller filler(block, end, header_scratch_);
    const storage::LoadLimit limit{
        .entries = static_cast<std::uint32_t>(BlockCache::block_entries_max - block.entries.size()),
        .bytes = BlockCache::block_bytes_max};
    const bool read =
        log_ != nullptr && log_->read(stream_format::message_level, limit, block.cursor, filler);
    if (!filler.fault.empty()) report(filler.fault);
    // What was not there, or not readable, is passed over, up to where the reading has come.
    const std::uint64_t reached = read ? chunks_.offset_at(block.cursor.position) : end;
    block.end = std::max(block.end, std::min(reached, end));
}

}  // namespace warren::broker
