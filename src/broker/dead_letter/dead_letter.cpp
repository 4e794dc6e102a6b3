#include "broker/dead_letter/dead_letter.h"

#include <algorithm>
#include <iterator>

#include "amqp091/content_header.h"
#include "amqp091/field_table.h"
#include "base/ensure.h"
#include "base/limits.h"

namespace warren::broker {

using amqp091::ContentHeader;
using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::HeaderEdit;
using amqp091::Property;
using amqp091::Timestamp;

namespace {

constexpr std::string_view history_header = "x-death";

std::string_view reason_name(DeathReason reason) {
    switch (reason) {
        case DeathReason::rejected:
            return "rejected";
        case DeathReason::expired:
            return "expired";
        case DeathReason::maxlen:
            return "maxlen";
        case DeathReason::delivery_limit:
            return "delivery_limit";
    }
    ENSURE(false);
    return {};
}

// The keys in the header CC. The header was checked when the message was published.
std::vector<std::string> carbon_copy_keys(const FieldTable& headers) {
    std::vector<std::string> keys;
    const FieldValue* header = headers.find("CC");
    if (header == nullptr || header->as_array() == nullptr) return keys;
    for (const FieldValue& item : *header->as_array())
        if (item.as_text() != nullptr) keys.push_back(*item.as_text());
    return keys;
}

bool has_text(const FieldTable& entry, std::string_view name, std::string_view text) {
    const FieldValue* value = entry.find(name);
    return value != nullptr && value->as_text() != nullptr && *value->as_text() == text;
}

bool is_about(const FieldValue& entry, const Death& death) {
    const FieldTable* table = entry.as_table();
    return table != nullptr && has_text(*table, "queue", death.queue) &&
           has_text(*table, "reason", reason_name(death.reason));
}

// How the message came to the queue in which it now has died.
struct Arrival {
    std::string_view exchange;
    std::vector<std::string> keys;
    std::uint64_t expiration_ms;
};

FieldTable first_entry(const Death& death, const Arrival& arrival) {
    FieldArray keys;
    for (const std::string& key : arrival.keys)
        keys.emplace_back(key);
    FieldTable entry;
    if (arrival.expiration_ms != MessageTraits::no_expiration)
        entry.set("original-expiration", std::to_string(arrival.expiration_ms));
    entry.set("count", std::int64_t{1});
    entry.set("reason", reason_name(death.reason));
    entry.set("queue", death.queue);
    entry.set("time", Timestamp{static_cast<std::uint64_t>(death.time.ms / 1000)});
    entry.set("exchange", arrival.exchange);
    entry.set("routing-keys", std::move(keys));
    return entry;
}

// Puts this death first: a new entry, or the one of the same queue and reason counted up.
FieldArray with_death(FieldArray history, const Death& death, const Arrival& arrival) {
    const auto known = std::ranges::find_if(
        history, [&](const FieldValue& entry) { return is_about(entry, death); });
    if (known == history.end()) {
        history.insert(history.begin(), FieldValue(first_entry(death, arrival)));
        return history;
    }
    FieldTable entry = *known->as_table();
    const FieldValue* count = entry.find("count");
    entry.set("count", 1 + (count == nullptr ? 0 : count->as_integer().value_or(0)));
    *known = std::move(entry);
    std::rotate(history.begin(), known, known + 1);
    return history;
}

// Queues of the deaths since a client last rejected the message.
std::vector<std::string> queues_since_rejection(const FieldArray& history) {
    std::vector<std::string> queues;
    for (const FieldValue& entry : history) {
        const FieldTable* table = entry.as_table();
        if (table == nullptr || has_text(*table, "reason", reason_name(DeathReason::rejected)))
            break;
        if (const FieldValue* queue = table->find("queue"); queue != nullptr && queue->as_text())
            queues.push_back(*queue->as_text());
    }
    return queues;
}

FieldArray recorded_history(const Message& message, const FieldTable& headers) {
    if (message.traits().deaths == DeathMark::none) return {};
    const FieldValue* history = headers.find(history_header);
    ENSURE(history != nullptr && history->as_array() != nullptr);
    return *history->as_array();
}

void set_summary(FieldTable& headers, std::string_view prefix, const Death& death,
                 const Arrival& arrival) {
    const std::string name(prefix);
    headers.set(name + "reason", reason_name(death.reason));
    headers.set(name + "queue", death.queue);
    headers.set(name + "exchange", arrival.exchange);
}

}  // namespace

DeadLetter make_dead_letter(const Message& message, const Death& death) {
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // it was checked when the message was published
    const std::string_view new_key = death.routing_key.value_or(message.routing_key());
    ENSURE(new_key.size() <= limits::short_string_bytes_max);
    ENSURE(death.exchange.size() <= limits::short_string_bytes_max);

    FieldTable headers = header->headers().decode();
    // Keys of BCC route on but are no part of the history.
    std::vector<std::string> extra_keys;
    Arrival arrival{
        message.exchange(), {std::string(message.routing_key())}, message.traits().expiration_ms};
    if (message.traits().deaths != DeathMark::rerouted) {
        extra_keys = carbon_copy_keys(headers);
        arrival.keys.insert(arrival.keys.end(), extra_keys.begin(), extra_keys.end());
        std::ranges::move(message.hidden_keys(), std::back_inserter(extra_keys));
    }

    FieldArray history = with_death(recorded_history(message, headers), death, arrival);
    DeadLetter letter{.message = {}, .extra_keys = {}, .cycle_queues = {}};
    letter.cycle_queues = queues_since_rejection(history);
    headers.set(history_header, std::move(history));
    if (message.traits().deaths == DeathMark::none)
        set_summary(headers, "x-first-death-", death, arrival);
    set_summary(headers, "x-last-death-", death, arrival);
    headers.sort_by_name();

    // The header CC stays for the consumer to see, but once a new key has replaced the old ones it
    // no longer routes.
    MessageTraits traits = message.traits();
    traits.expiration_ms = MessageTraits::no_expiration;
    traits.has_headers = true;
    if (death.routing_key)
        traits.deaths = DeathMark::rerouted;
    else if (traits.deaths == DeathMark::none)
        traits.deaths = DeathMark::recorded;
    if (!death.routing_key) letter.extra_keys = std::move(extra_keys);
    const std::string changed = HeaderEdit(*header)
                                    .set_headers(headers)
                                    .remove(Property::expiration)
                                    .encode(header->body_bytes());
    letter.message = message.with_envelope(death.exchange, new_key, as_bytes(changed), traits);
    return letter;
}

}  // namespace warren::broker
