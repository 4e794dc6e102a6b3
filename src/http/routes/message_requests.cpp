#include "http/routes/message_requests.h"

#include <charconv>
#include <utility>

#include "http/access.h"
#include "http/routes/object_support.h"

namespace warren::http {

namespace {

std::optional<std::string> header_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return std::string(view(*text));
    if (value.is_null()) return std::nullopt;
    return json::serialize(value);
}

// "256.17": where the answer before said that it goes on.
std::optional<broker::PeekCursor> cursor_of(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto level = whole_number(text.substr(0, dot));
    const auto seen = whole_number(text.substr(dot + 1));
    if (!level || !seen || *level < 0 || *level > broker::PeekCursor::line_of_returned || *seen < 0)
        return std::nullopt;
    return broker::PeekCursor{static_cast<std::uint16_t>(*level),
                              static_cast<std::uint64_t>(*seen)};
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool read_filter(const CallRef& call, Body& body, MessageFilter& filter) {
    const json::value* given = body.find("filter");
    if (given == nullptr) return true;
    if (!given->is_object()) return call->refuse_bad("filter has to be an object"), false;
    Body members(call, given->get_object());
    if (members.find("exchange") != nullptr) filter.exchange = members.text("exchange", "");
    if (members.find("routing_key") != nullptr) {
        auto pattern = Pattern::compile(members.text("routing_key", ""));
        if (!pattern) return call->refuse_bad("routing_key is no pattern"), false;
        filter.routing_key = std::move(*pattern);
    }
    filter.older_than_s = members.integer("older_than");
    filter.younger_than_s = members.integer("younger_than");
    if (const json::value* headers = members.find("headers"); headers && headers->is_object())
        for (const auto& [name, value] : headers->get_object())
            filter.headers.emplace_back(name, header_text(value));
    if (const json::value* properties = members.find("properties");
        properties && properties->is_object())
        for (const auto& [name, value] : properties->get_object())
            filter.properties.emplace_back(name, header_text(value).value_or(""));
    return members.ok();
}

bool read_begin(const CallRef& call, Body& body, bool is_stream, broker::PeekCursor& cursor) {
    if (const json::value* from = body.find("from"); from != nullptr) {
        const auto found = cursor_of(body.text("from", ""));
        if (!body.ok()) return false;
        if (!found) return call->refuse_bad("from is not what an answer has said"), false;
        cursor = *found;
    }
    const auto offset = body.integer("offset");
    if (!body.ok()) return false;
    if (!offset) return true;
    if (!is_stream) return call->refuse_bad("only a stream has offsets"), false;
    if (*offset < 0) return call->refuse_bad("offset is below 0"), false;
    cursor = {.level = 0, .seen = static_cast<std::uint64_t>(*offset)};
    return true;
}

const broker::QueueRecord* readable_queue(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) {
        call->refuse(404, "not_found", "queue_not_found");
        return nullptr;
    }
    const auth::Resource resource{auth::ResourceKind::queue, queue->vhost->name, queue->name};
    if (!check_access(call, resource, auth::Permission::read)) return nullptr;
    return queue;
}

}  // namespace warren::http
