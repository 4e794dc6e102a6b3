#include "broker/queue/queue_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/message_codec.h"
#include "broker/queue/queue.h"

namespace warren::broker {

namespace {

// Deadlines are kept by the wall clock, because they outlive the process.
std::int64_t wall_ms_of(Instant instant, const Now& now) {
    if (instant == Instant::never()) return storage::EntryHead::no_deadline;
    return now.wall.ms + instant.ms_since(now.instant);
}

Instant instant_of(std::int64_t wall_ms, const Now& now) {
    // What is this far away is never, and cannot overflow.
    constexpr std::int64_t never_ms = INT64_MAX / 4;
    if (wall_ms > never_ms) return Instant::never();
    return now.instant.plus_ms(std::max(wall_ms, -never_ms) - now.wall.ms);
}

}  // namespace

// Turns entries into messages as they come; those that are none are remembered, because a log must
// not be called while it hands over.
class QueueStore::Decoder final : public storage::LoadSink {
public:
    Decoder(QueueStore& store, const TakeMessage& take) : store_(store), take_(take) {}

    void take(const storage::LoadedEntry& entry) override {
        auto ready = store_.decode(entry);
        if (!ready) {
            broken_.push_back(entry.head);
            store_.host_.damage_found(store_.queue_,
                                      fmt::format("message at position {} is lost: {}",
                                                  entry.head.position, ready.error()));
            return;
        }
        store_.holdings_.enter(*ready->message);
        take_(std::move(*ready));
    }
    const std::vector<storage::EntryHead>& broken() const { return broken_; }

private:
    QueueStore& store_;
    const TakeMessage& take_;
    std::vector<storage::EntryHead> broken_;
};

QueueStore::QueueStore(const QueueMachine& queue, QueueHost& host, Holdings& holdings,
                       QueueStoreOptions options)
    : queue_(queue),
      host_(host),
      holdings_(holdings),
      options_(options),
      durable_(queue.settings().durable),
      level_max_(queue.settings().priority_max) {}

storage::LogEngine::Restored QueueStore::open(const OpenLog& open_log, storage::EntryOwner& owner,
                                              const TakeMessage& take) {
    ENSURE(log_ == nullptr);
    Decoder decoder(*this, take);
    storage::LogEngine::Restored restored;
    log_ = open_log(owner, decoder, restored);
    ENSURE(log_ != nullptr);
    // A log that cannot tell says "all", which is not to mean what is yet to come.
    redelivered_through_ = std::min(restored.delivered_through, restored.last_position);
    settle_broken(decoder.broken());
    return restored;
}

void QueueStore::append(ReadyMessage& ready) {
    const EncodedMessage encoded(*ready.message, options_.embed_bytes_max);
    log_->append({head_of(*ready.message, {ready.position, ready.deadline, ready.level}),
                  encoded.payload(), encoded.body()});
    ready.logged = true;
}

void QueueStore::pass_on(const Message& message, const Place& place,
                         storage::EntrySink& sink) const {
    const EncodedMessage encoded(message, options_.embed_bytes_max);
    sink.take({head_of(message, place), encoded.payload(), encoded.body()});
}

void QueueStore::load(std::uint8_t level, const TakeMessage& take) {
    Decoder decoder(*this, take);
    log_->load(level, load_limit, decoder);
    settle_broken(decoder.broken());
}

bool QueueStore::load_expiring(Instant until, const TakeMessage& take) {
    Decoder decoder(*this, take);
    const bool any =
        log_->load_expiring(wall_ms_of(until, host_.now()), load_limit.entries, decoder);
    settle_broken(decoder.broken());
    return any;
}

Instant QueueStore::next_paged_deadline() const {
    return instant_of(log_->next_paged_deadline(), host_.now());
}

storage::EntryHead QueueStore::head_of(const Message& message, const Place& place) const {
    return {.position = place.position,
            .deadline_ms = wall_ms_of(place.deadline, host_.now()),
            .body_bytes = static_cast<std::uint32_t>(message.body_bytes()),
            .level = place.level,
            .persistent = keeps(message)};
}

Result<ReadyMessage, std::string> QueueStore::decode(const storage::LoadedEntry& entry) const {
    auto message = decode_message(entry.payload, entry.body);
    if (!message) return fail(message.error());
    const storage::EntryHead& head = entry.head;
    // What the log and lengths were told must be what the message says.
    if (head.body_bytes != (*message)->body_bytes() ||
        head.level != std::min((*message)->traits().priority, level_max_))
        return fail(fmt::format("an entry of level {} and {} bytes holds another message",
                                head.level, head.body_bytes));
    ReadyMessage ready;
    ready.position = head.position;
    ready.deadline = instant_of(head.deadline_ms, host_.now());
    ready.body_bytes = head.body_bytes;
    ready.level = head.level;
    ready.redelivered = head.position <= redelivered_through_;
    ready.logged = true;
    ready.message = std::move(*message);
    return ready;
}

void QueueStore::settle_broken(const std::vector<storage::EntryHead>& broken) {
    for (const storage::EntryHead& head : broken)
        log_->settle(head.level, head.position);
    count_lost(broken.size());
}

}  // namespace warren::broker
