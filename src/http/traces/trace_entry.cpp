#include "http/traces/trace_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "auth/password_hash.h"
#include "http/json_support.h"
#include "http/json_values.h"

namespace warren::http {

using amqp091::FieldArray;
using amqp091::FieldTable;

namespace {

constexpr std::string_view published_key = "publish.";
constexpr std::string_view received_key = "deliver.";

// What a copy says of its message. A copy that somebody else has published to the exchange may say
// anything, and lack anything.
class Traced {
public:
    explicit Traced(const broker::Message& copy) : key_(copy.routing_key()) {
        if (const auto header = amqp091::ContentHeader::decode(copy.header()))
            said_ = header->headers().decode();
    }

    bool is_published() const { return !key_.starts_with(received_key); }
    // Where it came from; empty for one that was published.
    std::string_view queue() const {
        return is_published() ? std::string_view() : key_.substr(received_key.size());
    }
    std::string_view text(std::string_view name) const {
        const auto* value = said_.find(name);
        const std::string* text = value == nullptr ? nullptr : value->as_text();
        return text == nullptr ? std::string_view() : std::string_view(*text);
    }
    std::int64_t channel() const {
        const auto* value = said_.find("channel");
        return value == nullptr ? 0 : value->as_integer().value_or(0);
    }
    FieldArray list(std::string_view name) const {
        const auto* value = said_.find(name);
        const FieldArray* array = value == nullptr ? nullptr : value->as_array();
        return array == nullptr ? FieldArray() : *array;
    }
    FieldTable properties() const {
        const auto* value = said_.find("properties");
        const FieldTable* table = value == nullptr ? nullptr : value->as_table();
        return table == nullptr ? FieldTable() : *table;
    }

private:
    std::string_view key_;
    FieldTable said_;
};

std::string_view cut(const broker::Message& copy, const TraceForm& form) {
    return as_text(copy.body()).substr(0, form.payload_bytes_max.value_or(UINT64_MAX));
}

// [<<"one">>,<<"two">>]
std::string erlang_list(const FieldArray& texts) {
    std::string list = "[";
    for (const auto& text : texts) {
        if (list.size() > 1) list += ',';
        const std::string* words = text.as_text();
        amqp091::append_binary(list, as_bytes(words == nullptr ? "" : *words), 0);
    }
    return list + "]";
}

std::string text_entry(const Traced& traced, std::string_view payload, WallTime time) {
    constexpr std::size_t columns = 80;
    std::string properties;
    amqp091::append_term(properties, amqp091::FieldValue(traced.properties()));
    const std::string where =
        traced.is_published()
            ? fmt::format("Routed queues: {}", erlang_list(traced.list("routed_queues")))
            : fmt::format("Queue:        {}", traced.queue());
    return fmt::format(
        "\n{:=<{}}\n{}: Message {}\n\n"
        "Node:         {}\nConnection:   {}\nVirtual host: {}\nUser:         {}\n"
        "Channel:      {}\nExchange:     {}\nRouting keys: {}\n{}\nProperties:   {}\nPayload: "
        "\n{}\n",
        "", columns, rfc3339(time), traced.is_published() ? "published" : "received",
        traced.text("node"), traced.text("connection"), traced.text("vhost"), traced.text("user"),
        traced.channel(), traced.text("exchange_name"), erlang_list(traced.list("routing_keys")),
        where, properties, payload);
}

std::string json_entry(const Traced& traced, std::string_view payload, WallTime time) {
    const bool published = traced.is_published();
    const auto of = [&](std::string_view name) { return json_text(traced.text(name)); };
    const auto texts = [&](std::string_view name) {
        return json_value(amqp091::FieldValue(traced.list(name)));
    };
    const json::object entry{
        {"node", of("node")},
        {"timestamp", rfc3339(time)},
        {"type", published ? "published" : "received"},
        {"exchange", of("exchange_name")},
        {"user", of("user")},
        {"queue", published ? json::string("none") : json_text(traced.queue())},
        {"connection", of("connection")},
        {"vhost", of("vhost")},
        {"channel", traced.channel()},
        {"routing_keys", texts("routing_keys")},
        {"properties", json_object(traced.properties())},
        {"payload", auth::encode_base64(payload)},
        {"routed_queues", published ? texts("routed_queues") : json::value("none")}};
    return json::serialize(entry) + "\n";
}

}  // namespace

std::string trace_entry(const broker::Message& copy, const TraceForm& form, WallTime time) {
    const Traced traced(copy);
    return form.format == TraceFormat::text ? text_entry(traced, cut(copy, form), time)
                                            : json_entry(traced, cut(copy, form), time);
}

}  // namespace warren::http
