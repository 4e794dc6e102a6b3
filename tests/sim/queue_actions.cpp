#include "tests/sim/queue_actions.h"

#include <cstdio>
#include <iterator>

namespace warren::sim {

template <typename... Parts>
void QueueActions::trace(fmt::format_string<Parts...> text, Parts&&... parts) const {
    if (trace_) fmt::print(stderr, "{}\n", fmt::format(text, std::forward<Parts>(parts)...));
}

ModelQueue& QueueActions::some_queue() {
    const auto at = static_cast<std::ptrdiff_t>(below(rig_.queues().size()));
    return *std::next(rig_.queues().begin(), at)->second;
}

void QueueActions::act() {
    if (rig_.queues().size() < 2 || (rig_.queues().size() < 7 && one_in(60))) add_queue();
    if (one_in(25)) filling_ = !filling_;
    ModelQueue& queue = some_queue();
    if (queue.is_stream()) return act_on_stream(queue);
    switch (below(filling_ ? 16 : 12)) {
        case 0:
            return deliver(queue);
        case 1:
            return settle(queue);
        case 2:
            return requeue(queue);
        case 3:
            return move(queue);
        case 4:
            return load(queue);
        case 5:
            return spill(queue);
        case 6:
            trace("queue {}: a message that waits leaves", queue.id().value);
            return queue.drop_ready(*prng_);
        case 7:
            if (!expire_) return;
            trace("queue {}: messages expire", queue.id().value);
            return queue.expire(rig_.now().ms, static_cast<std::uint32_t>(1 + below(5)));
        case 8:
            if (one_in(4)) {
                trace("queue {}: purged", queue.id().value);
                queue.purge();
            }
            return;
        case 9:
            if (one_in(filling_ ? 30 : 4)) {
                trace("queue {}: drained", queue.id().value);
                queue.drain();
            }
            return;
        case 10:
            if (one_in(8)) remove_queue(queue);
            return;
        case 11:
            return publish_to_many();
        default:
            return publish(queue);
    }
}

void QueueActions::act_on_stream(ModelQueue& stream) {
    const std::uint64_t last = stream.last_position();
    switch (below(8)) {
        case 0:
            return spill(stream);
        case 1:
            trace("stream {}: read", stream.id().value);
            for (std::uint8_t level = 0; level < ModelQueue::level_count; ++level)
                stream.read(level, below(last + 2), *prng_);
            return;
        case 2: {
            if (!one_in(filling_ ? 8 : 2) || last == 0) return;
            const std::uint64_t through = one_in(5) ? last : 1 + below(last);
            trace("stream {}: cut through {}", stream.id().value, through);
            return stream.cut(through);
        }
        case 3:
            if (one_in(20)) remove_queue(stream);
            return;
        default:
            return publish(stream);
    }
}

// Queues differ: some have deadlines, some levels, some transient messages.
ModelQueue::Publication QueueActions::some_publication(ModelQueue& queue) {
    const std::uint64_t kind = queue.id().value;
    ModelQueue::Publication publication;
    publication.head.level =
        kind % 2 == 0 ? static_cast<std::uint8_t>(below(ModelQueue::level_count)) : 0;
    if (queue.is_stream()) publication.head.level = one_in(8) ? 1 : 0;
    publication.head.persistent = queue.is_stream() || kind % 3 != 0 || !one_in(3);
    if (kind % 4 == 1)
        publication.head.deadline_ms = rig_.now().ms + static_cast<std::int64_t>(below(20'000));
    if (kind % 4 == 2) publication.head.deadline_ms = rig_.now().ms + 5000;
    publication.payload_bytes = 8 + below(one_in(10) ? 2000 : 100);
    publication.head.body_bytes = static_cast<std::uint32_t>(publication.payload_bytes);
    return publication;
}

ModelQueue::Body QueueActions::some_body() {
    // Few sizes, so that memory is soon used again for another body.
    constexpr std::size_t sizes[] = {300, 600, 600, 2000};
    const std::size_t bytes = one_in(30) ? 6000 : sizes[below(4)];
    return std::make_shared<const std::string>(numbered_bytes(next_body_++, bytes));
}

void QueueActions::publish(ModelQueue& queue) {
    for (std::uint64_t count = 1 + below(5); count != 0; --count) {
        auto publication = some_publication(queue);
        if (one_in(8)) publication.body = some_body();
        const bool delivered = !queue.is_stream() && one_in(6);
        const std::uint8_t level = publication.head.level;
        const std::uint64_t position = queue.publish(publication);
        trace("queue {}: + {} at level {}{}{}", queue.id().value, position, level,
              publication.head.persistent ? "" : ", transient",
              publication.body ? ", with a body" : "");
        if (delivered) deliver(queue);
    }
}

void QueueActions::publish_to_many() {
    const ModelQueue::Body body = some_body();
    for (const auto& [id, queue] : rig_.queues()) {
        if (one_in(3)) continue;
        auto publication = some_publication(*queue);
        publication.body = body;
        const std::uint64_t position = queue->publish(publication);
        trace("queue {}: + {} with body {}", id.value, position, number_of(as_bytes(*body)));
    }
}

void QueueActions::deliver(ModelQueue& queue) {
    const auto level = static_cast<std::uint8_t>(below(ModelQueue::level_count));
    for (std::uint64_t count = 1 + below(8); count != 0; --count) {
        const auto position = queue.deliver(level);
        if (!position) return;
        trace("queue {}: {} is delivered", queue.id().value, *position);
        if (one_in(3)) {
            trace("queue {}: - {}", queue.id().value, *position);
            queue.settle(*position);
        }
    }
}

void QueueActions::settle(ModelQueue& queue) {
    const bool all = one_in(2);
    for (const std::uint64_t position : queue.unacked()) {
        if (!all && one_in(2)) continue;
        trace("queue {}: - {}", queue.id().value, position);
        queue.settle(position);
    }
}

void QueueActions::requeue(ModelQueue& queue) {
    for (const std::uint64_t position : queue.unacked()) {
        if (!one_in(3)) continue;
        trace("queue {}: {} is put back", queue.id().value, position);
        queue.requeue(position);
    }
}

// As dead-lettering does: the message lives on in another queue, its body with it.
void QueueActions::move(ModelQueue& queue) {
    const auto positions = queue.unacked();
    if (positions.empty()) return;
    const std::uint64_t position = positions[below(positions.size())];
    ModelQueue& target = some_queue();
    auto publication = some_publication(target);
    publication.body = queue.unacked(position).body;
    const std::uint64_t new_position = target.publish(publication);
    trace("queue {}: {} moves to queue {} at {}", queue.id().value, position, target.id().value,
          new_position);
    queue.settle(position);
}

void QueueActions::load(ModelQueue& queue) {
    const auto level = static_cast<std::uint8_t>(below(ModelQueue::level_count));
    const storage::LoadLimit limit{.entries = static_cast<std::uint32_t>(1 + below(20)),
                                   .bytes = 1 + below(3000)};
    trace("queue {}: level {} is loaded, {} entries, {} bytes", queue.id().value, level,
          limit.entries, limit.bytes);
    queue.load(level, limit);
}

void QueueActions::spill(ModelQueue& queue) {
    const std::uint64_t through = queue.last_position() - below(queue.last_position() / 2 + 1);
    trace("queue {}: spilled through {}", queue.id().value, through);
    queue.spill(through);
}

void QueueActions::add_queue() {
    trace("queue {} is declared", next_queue_);
    rig_.add_queue(next_queue_++);
}

void QueueActions::remove_queue(ModelQueue& queue) {
    trace("queue {} is deleted", queue.id().value);
    rig_.remove_queue(queue.id());
}

}  // namespace warren::sim
