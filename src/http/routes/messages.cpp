// GET, POST /api/queues/:vhost/:queue/peek, beyond RabbitMQ: a look into a queue that changes
// nothing.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "http/messages/message_json.h"
#include "http/routes/message_requests.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr std::int64_t messages_default = 10;
constexpr std::int64_t messages_max = 1000;
constexpr std::int64_t payload_bytes_default = 4096;
constexpr std::size_t answer_bytes_max = 64u << 20;
// What one request looks at, at most; the answer says where to go on.
constexpr std::uint64_t looks_max = 65'536;

// Members of the body or, where that is not there, of the query, as numbers if they look like some.
std::optional<json::object> wishes(const CallRef& call) {
    if (call->request().method != Method::get && call->request().method != Method::head)
        return object_of(call);
    json::object members;
    for (const std::string_view name : {"count", "skip", "offset", "from", "truncate", "encoding"})
        if (const std::string* text = call->query(name)) {
            if (const auto number = whole_number(*text))
                members[name] = *number;
            else
                members[name] = *text;
        }
    return members;
}

struct Peeking {
    CallRef call;
    broker::QueueAddress queue;
    MessageFilter filter;
    PayloadForm form;
    broker::PeekCursor cursor;
    std::uint64_t skip = 0;
    std::uint64_t seen = 0;
    std::size_t wanted = 0;
    std::size_t payload_bytes = 0;
    json::array messages;
};
using PeekingRef = std::shared_ptr<Peeking>;

void peek_on(const PeekingRef& peeking);

void finish(const PeekingRef& peeking, bool at_end) {
    json::value next;
    if (!at_end)
        next = json::string(fmt::format("{}.{}", peeking->cursor.level, peeking->cursor.seen));
    peeking->call->respond_json(json::object{{"messages", std::move(peeking->messages)},
                                             {"looked_at", peeking->seen},
                                             {"next", std::move(next)}});
}

void add(Peeking& peeking, const broker::PeekedMessage& seen) {
    json::object object = message_json(*seen.message, peeking.form);
    object["position"] = seen.place.position;
    object["level"] = seen.place.level;
    object["redelivered"] = seen.redelivered;
    // The answer is made in memory.
    peeking.payload_bytes += object["payload"].get_string().size();
    if (peeking.payload_bytes >= answer_bytes_max) peeking.wanted = peeking.messages.size() + 1;
    peeking.messages.push_back(std::move(object));
}

// Asks for the next messages; `go_on` gets what the queue shows.
template <typename GoOn>
void ask_for(const PeekingRef& peeking, std::uint64_t messages, GoOn go_on) {
    const auto most =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(messages, broker::peeked_messages_max));
    peeking->call->api().desk().ask(
        peeking->queue, broker::Peek{{}, peeking->cursor, most},
        [peeking, go_on](const broker::QueueReplyBody& reply) {
            const auto* peeked = std::get_if<Boxed<broker::Peeked>>(&reply);
            if (peeked == nullptr)
                return peeking->call->refuse(404, "not_found", "queue_not_found");
            go_on(**peeked);
        });
}

void look(const PeekingRef& peeking, const broker::Peeked& peeked) {
    const WallTime now = peeking->call->api().now().wall;
    std::size_t index = 0;
    for (; index < peeked.messages.size(); ++index) {
        if (peeking->messages.size() == peeking->wanted) break;
        const broker::PeekedMessage& seen = peeked.messages[index];
        if (peeking->seen++ >= peeking->skip && peeking->filter.matches(*seen.message, now))
            add(*peeking, seen);
    }
    if (index < peeked.messages.size())
        // Only the queue knows how to go on behind the last one that is shown.
        return ask_for(peeking, index, [peeking](const broker::Peeked& shown) {
            peeking->cursor = shown.next;
            finish(peeking, shown.at_end);
        });
    peeking->cursor = peeked.next;
    if (peeked.at_end || peeking->messages.size() == peeking->wanted || peeking->seen >= looks_max)
        return finish(peeking, peeked.at_end);
    peek_on(peeking);
}

void peek_on(const PeekingRef& peeking) {
    const std::uint64_t to_skip = peeking->skip - std::min(peeking->skip, peeking->seen);
    const std::uint64_t messages = peeking->filter.means_all()
                                       ? to_skip + peeking->wanted - peeking->messages.size()
                                       : broker::peeked_messages_max;
    ask_for(peeking, messages, [peeking](const broker::Peeked& peeked) { look(peeking, peeked); });
}

}  // namespace

void peek_messages(const CallRef& call) {
    auto members = wishes(call);
    if (!members) return;
    const auto* queue = readable_queue(call);
    if (queue == nullptr) return;
    Body body(call, std::move(*members));
    auto peeking = std::make_shared<Peeking>();
    const std::int64_t count = body.integer("count").value_or(messages_default);
    const std::int64_t skip = body.integer("skip").value_or(0);
    peeking->form.cut_at = body.integer("truncate").value_or(payload_bytes_default);
    peeking->form.base64 = body.text("encoding", "auto") == "base64";
    if (!body.ok()) return;
    if (count < 1 || count > messages_max)
        return call->refuse_bad(fmt::format("count has to be between 1 and {}", messages_max));
    if (skip < 0) return call->refuse_bad("skip is below 0");
    const bool is_stream = queue->type == broker::QueueType::stream;
    if (!read_filter(call, body, peeking->filter) ||
        !read_begin(call, body, is_stream, peeking->cursor))
        return;
    peeking->call = call;
    peeking->queue = {queue->id(), queue->shard};
    peeking->wanted = static_cast<std::size_t>(count);
    peeking->skip = static_cast<std::uint64_t>(skip);
    peek_on(peeking);
}

}  // namespace warren::http::routes
