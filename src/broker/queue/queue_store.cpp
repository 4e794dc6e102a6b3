#include "broker/queue/queue_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/message_codec.h"
#include "broker/queue/queue.h"
#include "broker/queue/quorum_ledger.h"
#include "broker/queue/wall_deadline.h"

namespace warren::broker {

// Turns entries into messages as they come; those that are none are remembered, because a log must
// not be called while it hands over.
class QueueStore::Decoder final : public storage::LoadSink {
public:
    Decoder(QueueStore& store, const TakeMessage& take) : store_(store), take_(take) {}

    void take(const storage::LoadedEntry& entry) override {
        if (store_.ledger_ != nullptr && QuorumLedger::has_level(entry.head.level))
            return take_ledger_entry(entry);
        auto ready = store_.decode(entry);
        if (!ready) return broken(entry.head, "message", ready.error());
        ++store_.read_;
        store_.holdings_.enter(*ready->message);
        take_(std::move(*ready));
    }
    const std::vector<storage::EntryHead>& broken() const { return broken_; }

private:
    void take_ledger_entry(const storage::LoadedEntry& entry) {
        if (const auto taken = store_.ledger_->restore(entry); !taken)
            broken(entry.head, "note", taken.error());
    }
    void broken(const storage::EntryHead& head, std::string_view what, const std::string& why) {
        broken_.push_back(head);
        store_.host_.damage_found(
            store_.queue_, fmt::format("{} at position {} is lost: {}", what, head.position, why));
    }

    QueueStore& store_;
    const TakeMessage& take_;
    std::vector<storage::EntryHead> broken_;
};

QueueStore::QueueStore(const QueueMachine& queue, QueueHost& host, Holdings& holdings,
                       QuorumLedger* ledger, QueueStoreOptions options)
    : queue_(queue),
      host_(host),
      holdings_(holdings),
      ledger_(ledger),
      options_(options),
      durable_(queue.settings().durable),
      delayed_(queue.settings().delayed_exchange.has_value()),
      measure_(queue.settings()) {}

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
    read_ = 0;
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

void QueueStore::load_entry(const storage::EntryPlace& place, const TakeMessage& take) {
    Decoder decoder(*this, take);
    log_->load_entry(place, decoder);
    settle_broken(decoder.broken());
}

// Hands over copies of what stays in the log.
class QueueStore::Viewer final : public storage::LoadSink {
public:
    Viewer(const QueueStore& store, const TakeMessage& take) : store_(store), take_(take) {}

    void take(const storage::LoadedEntry& entry) override {
        if (auto ready = store_.decode(entry)) take_(std::move(*ready));
    }

private:
    const QueueStore& store_;
    const TakeMessage& take_;
};

std::uint64_t QueueStore::peek(std::uint8_t level, std::uint64_t after, std::uint32_t most,
                               const TakeMessage& take) const {
    Viewer viewer(*this, take);
    storage::LogCursor cursor(after + 1);
    const storage::LoadLimit limit{.entries = most, .bytes = load_limit.bytes};
    return log_->read(level, limit, cursor, viewer) ? cursor.position - 1 : UINT64_MAX;
}

void QueueStore::load_ledger_level(std::uint8_t level) {
    const TakeMessage none = [](ReadyMessage&&) { ENSURE(false); };
    while (log_->has_paged(level))
        load(level, none);
}

Instant QueueStore::next_paged_deadline() const {
    return instant_of(log_->next_paged_deadline(), host_.now());
}

storage::EntryHead QueueStore::head_of(const Message& message, const Place& place) const {
    return {.position = place.position,
            .deadline_ms = wall_ms_of(place.deadline, host_.now()),
            .body_bytes = measure_.bytes_of(message),
            .level = place.level,
            .persistent = keeps(message)};
}

Result<ReadyMessage, std::string> QueueStore::decode(const storage::LoadedEntry& entry) const {
    auto message = decode_message(entry.payload, entry.body);
    if (!message) return fail(message.error());
    const storage::EntryHead& head = entry.head;
    // What the log and lengths were told must be what the message says.
    if (head.body_bytes != measure_.bytes_of(**message) ||
        head.level != measure_.level_of(**message))
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
    for (const storage::EntryHead& head : broken) {
        log_->settle(head.level, head.position);
        if (ledger_ == nullptr || !QuorumLedger::has_level(head.level)) count_lost(1);
    }
}

}  // namespace warren::broker
