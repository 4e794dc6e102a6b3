#include "cluster/deduplication_desk.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::cluster {

using broker::DeduplicationCache;
using broker::LetterOutcome;

namespace {

// Wall clock. What is this far away is never, and cannot overflow.
std::int64_t deadline_ms(std::optional<std::int64_t> ttl_ms, std::int64_t now_ms) {
    constexpr std::int64_t longest_ms = INT64_MAX / 4;
    if (!ttl_ms || *ttl_ms > longest_ms) return storage::EntryHead::no_deadline;
    return now_ms + std::max<std::int64_t>(*ttl_ms, 0);
}

}  // namespace

void DeduplicationDesk::add(const broker::ExchangeRecord& exchange,
                            const broker::OpenLog& open_log) {
    const auto settings = broker::deduplication_settings(exchange);
    Exchange& added = exchanges_.try_emplace(exchange.id(), settings).first->second;
    if (open_log) added.cache.attach(open_log, shard_.now().wall.ms);
}

void DeduplicationDesk::remove(broker::ExchangeId exchange) {
    const auto found = exchanges_.find(exchange);
    if (found == exchanges_.end()) return;
    found->second.cache.remove();
    exchanges_.erase(found);
}

const DeduplicationCache* DeduplicationDesk::find_cache(broker::ExchangeId exchange) const {
    const auto found = exchanges_.find(exchange);
    return found == exchanges_.end() ? nullptr : &found->second.cache;
}

void DeduplicationDesk::publish(broker::DeduplicatedPublish&& message) {
    Waiting waiting;
    waiting.taken = true;
    waiting.ticket = message.ticket;
    waiting.publisher = message.publisher;
    if (message.mandatory) waiting.message = message.message.share();
    routing_ = waiting_.push_back(std::move(waiting));
    publisher_.publish_now({.vhost = std::move(message.vhost),
                            .exchange = std::move(message.exchange),
                            .message = std::move(message.message),
                            .extra_keys = std::move(message.extra_keys),
                            .excluded_queues = std::move(message.excluded_queues),
                            .source = {source_number, routing_}},
                           *this);
    routing_ = 0;
}

bool DeduplicationDesk::is_duplicate(const broker::ExchangeRecord& exchange,
                                     const amqp091::ContentHeader& header) {
    const auto found = exchanges_.find(exchange.id());
    ENSURE(found != exchanges_.end() && routing_ != 0);
    auto& [settings, cache] = found->second;
    const auto key = broker::deduplication_key_of(header.headers());
    if (!key) return false;
    const std::int64_t now_ms = shard_.now().wall.ms;
    auto ttl_ms = broker::cache_ttl_ms(header.headers());
    if (!ttl_ms) ttl_ms = settings.ttl_ms;
    const auto verdict = cache.admit(routing_, *key, deadline_ms(ttl_ms, now_ms), now_ms);
    Waiting& message = *waiting_.find(routing_);
    if (!verdict.duplicate) {
        message.keys.push_back({exchange.id(), *key});
        return false;
    }
    message.duplicate = true;
    if (Waiting* original = waiting_.find(verdict.original)) {
        original->duplicates.push_back(routing_);
        ++message.originals;
    }
    return true;
}

void DeduplicationDesk::done(std::uint64_t number, LetterOutcome outcome) {
    Waiting& message = *waiting_.find(number);
    message.done = true;
    message.refused |= outcome == LetterOutcome::refused;
    message.unroutable = outcome == LetterOutcome::unroutable;
    if (message.originals == 0) complete(number);
}

// One may complete others that waited for it alone, and so on.
void DeduplicationDesk::complete(std::uint64_t number) {
    std::vector<std::uint64_t> complete{number};
    for (std::size_t i = 0; i < complete.size(); ++i) {
        const Waiting message = waiting_.take(complete[i]);
        settle_keys(complete[i], message);
        answer(message);
        for (const std::uint64_t duplicate : message.duplicates) {
            Waiting& other = *waiting_.find(duplicate);
            other.refused |= message.refused;
            if (--other.originals == 0 && other.done) complete.push_back(duplicate);
        }
    }
}

void DeduplicationDesk::settle_keys(std::uint64_t number, const Waiting& message) {
    for (const Key& key : message.keys) {
        const auto found = exchanges_.find(key.exchange);
        if (found == exchanges_.end()) continue;
        if (message.refused)
            found->second.cache.withdraw(number, key.key);
        else
            found->second.cache.settle(number, key.key);
    }
}

void DeduplicationDesk::answer(const Waiting& message) {
    if (message.unroutable && message.message)
        events_.unroutable(message.publisher, message.message);
    if (!message.ticket) return;
    // The node itself keeps what reaches nobody. A duplicate has reached those whom it is for.
    const bool kept = message.unroutable && !message.duplicate &&
                      message.ticket.connection.counter() ==
                          ConnectionId::of_node(message.ticket.connection.shard()).counter();
    events_.published(message.ticket, !message.refused && !kept);
}

}  // namespace warren::cluster
