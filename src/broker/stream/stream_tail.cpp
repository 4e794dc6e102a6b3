#include "broker/stream/stream_tail.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

void StreamTail::push_back(Batch&& batch) {
    ENSURE(empty() || (batch.first_offset >= batches_.back().end_offset() &&
                       batch.first_position >= batches_.back().end_position()));
    for (const MessageRef& message : batch.messages)
        bytes_ += message->footprint_bytes();
    batches_.push_back(std::move(batch));
}

void StreamTail::extend(MessageRef message) {
    bytes_ += message->footprint_bytes();
    batches_.back().messages.push_back(std::move(message));
    ++batches_.back().count;
}

std::deque<StreamTail::Batch>::const_iterator StreamTail::find(std::uint64_t offset) const {
    return std::ranges::upper_bound(batches_, offset, {}, &Batch::end_offset);
}

std::deque<StreamTail::Batch>::const_iterator StreamTail::find_position(
    std::uint64_t position) const {
    return std::ranges::upper_bound(batches_, position, {}, &Batch::end_position);
}

void StreamTail::leave(const Batch& batch, std::size_t messages) {
    for (std::size_t index = 0; index < messages; ++index)
        bytes_ -= batch.messages[index]->footprint_bytes();
}

void StreamTail::drop_through(std::uint64_t position) {
    while (!empty() && batches_.front().end_position() <= position + 1) {
        leave(batches_.front(), batches_.front().messages.size());
        batches_.pop_front();
    }
    if (empty() || batches_.front().position() > position) return;
    Batch& batch = batches_.front();
    const auto gone = static_cast<std::ptrdiff_t>(position + 1 - batch.position());
    leave(batch, static_cast<std::size_t>(gone));
    batch.messages.erase(batch.messages.begin(), batch.messages.begin() + gone);
}

}  // namespace warren::broker
