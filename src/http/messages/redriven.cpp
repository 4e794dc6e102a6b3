#include "http/messages/redriven.h"

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "base/limits.h"

namespace warren::http {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

constexpr std::string_view death_headers[] = {"x-death",
                                              "x-first-death-exchange",
                                              "x-first-death-queue",
                                              "x-first-death-reason",
                                              "x-last-death-exchange",
                                              "x-last-death-queue",
                                              "x-last-death-reason"};

const std::string* text_in(const FieldTable& table, std::string_view name) {
    const FieldValue* value = table.find(name);
    return value == nullptr ? nullptr : value->as_text();
}

// The entry of x-death about its first death; deaths that happened later stand before it.
const FieldTable* first_death(const FieldTable& headers, const std::string& queue) {
    const FieldValue* deaths = headers.find("x-death");
    if (deaths == nullptr || deaths->as_array() == nullptr) return nullptr;
    const FieldTable* found = nullptr;
    for (const FieldValue& death : *deaths->as_array())
        if (const FieldTable* entry = death.as_table())
            if (const auto* died_in = text_in(*entry, "queue"); died_in && *died_in == queue)
                found = entry;
    return found;
}

// What it was published with, as far as it is known.
std::string first_key(const FieldTable* death, std::string_view otherwise) {
    const FieldValue* keys = death == nullptr ? nullptr : death->find("routing-keys");
    if (keys != nullptr && keys->as_array() != nullptr && !keys->as_array()->empty())
        if (const std::string* key = keys->as_array()->front().as_text()) return *key;
    return std::string(otherwise);
}

}  // namespace

std::optional<Redriven> redriven(const broker::Message& message) {
    const auto header = amqp091::ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // checked when the message was made
    FieldTable headers = header->headers().decode();
    const std::string* queue = text_in(headers, "x-first-death-queue");
    if (queue == nullptr) return std::nullopt;
    Redriven back{.queue = *queue, .message = {}};
    const std::string* exchange = text_in(headers, "x-first-death-exchange");
    const std::string from(exchange == nullptr ? std::string_view() : *exchange);
    const std::string key = first_key(first_death(headers, back.queue), message.routing_key());
    if (from.size() > limits::short_string_bytes_max || key.size() > limits::short_string_bytes_max)
        return std::nullopt;
    for (const std::string_view name : death_headers)
        headers.remove(name);
    amqp091::HeaderEdit edit(*header);
    if (headers.empty())
        edit.remove(amqp091::Property::headers);
    else
        edit.set_headers(headers);
    broker::MessageTraits traits = message.traits();
    traits.has_headers = !headers.empty();
    traits.deaths = broker::DeathMark::none;
    const std::string changed = edit.encode(message.body_bytes());
    back.message = message.with_envelope(from, key, as_bytes(changed), traits);
    return back;
}

}  // namespace warren::http
