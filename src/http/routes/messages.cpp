// What goes beyond RabbitMQ: a look into a queue that changes nothing, and jobs that move, copy,
// delete or drive back the messages that are meant.
//
//   GET, POST /api/queues/:vhost/:queue/peek
//   POST      /api/queues/:vhost/:queue/{move,copy,delete-messages,redrive}   202, a job
//   GET       /api/message-jobs, /api/message-jobs/:id;  DELETE cancels
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "broker/topology/topology_checks.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/messages/message_filter.h"
#include "http/messages/message_jobs.h"
#include "http/messages/message_json.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr std::int64_t messages_default = 10;
constexpr std::int64_t messages_max = 1000;
constexpr std::int64_t payload_bytes_default = 4096;
constexpr std::size_t answer_bytes_max = 64u << 20;
// What one request looks at, at most; the answer says where to go on.
constexpr std::uint64_t looks_max = 65'536;

// ---- what is asked for ----

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

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

std::optional<std::string> header_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return std::string(view(*text));
    if (value.is_null()) return std::nullopt;
    return json::serialize(value);
}

// False: the call has been refused.
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

// Where to begin: `from` as an answer has said it, or the `offset` of a stream. False: refused.
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

// The queue in the path, if the user may read it; else the call has been refused.
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

// ---- peek ----

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

// ---- jobs ----

namespace {

std::string_view name_of(JobReport::State state) {
    switch (state) {
        case JobReport::State::running:
            return "running";
        case JobReport::State::done:
            return "done";
        case JobReport::State::failed:
            return "failed";
        case JobReport::State::cancelled:
            return "cancelled";
    }
    return {};
}

json::object job_json(const JobReport& report) {
    const JobOrder& order = report.order;
    json::object job{{"id", report.id},
                     {"action", http::name_of(order.kind)},
                     {"vhost", order.vhost},
                     {"queue", order.queue},
                     {"state", name_of(report.state)},
                     {"looked_at", report.seen},
                     {"selected", report.picked},
                     {"done", report.done},
                     {"left", report.left},
                     {"started", rfc3339(report.begun)}};
    if (!order.to_queue.empty()) job["to_queue"] = order.to_queue;
    if (order.to_exchange) job["to_exchange"] = *order.to_exchange;
    if (order.to_key) job["to_routing_key"] = *order.to_key;
    if (!report.reason.empty()) job["reason"] = report.reason;
    if (report.state != JobReport::State::running) job["ended"] = rfc3339(report.ended);
    return job;
}

// Who may publish there may have messages moved there. False: the call has been refused.
bool check_target(const CallRef& call, const JobOrder& order) {
    const auto* vhost = call->api().topology().find_vhost(order.vhost);
    if (!order.to_exchange) {
        if (order.to_queue.empty())
            return call->refuse_bad("to_queue or to_exchange has to be given"), false;
        if (order.kind == JobKind::move && order.to_queue == order.queue)
            return call->refuse_bad("messages are in that queue already"), false;
        if (vhost == nullptr || vhost->find_queue(order.to_queue) == nullptr)
            return call->refuse(404, "not_found", "to_queue_not_found"), false;
    } else {
        const auto* exchange =
            vhost == nullptr ? nullptr : vhost->find_exchange(*order.to_exchange);
        if (exchange == nullptr)
            return call->refuse(404, "not_found", "to_exchange_not_found"), false;
        if (exchange->internal)
            return call->refuse_bad("messages cannot be published to an internal exchange"), false;
        if (broker::passes_deduplication(call->api().topology(), *exchange))
            return call->refuse_bad("an exchange that looks for duplicates is no target"), false;
    }
    const std::string& exchange = order.to_exchange.value_or("");
    return check_access(call, {auth::ResourceKind::exchange, order.vhost, exchange},
                        auth::Permission::write);
}

// False: the call has been refused.
bool read_target(const CallRef& call, Body& body, JobOrder& order) {
    order.to_queue = body.text("to_queue", "");
    if (body.find("to_exchange") != nullptr)
        order.to_exchange = std::string(exchange_name_in(body.text("to_exchange", "")));
    if (body.find("to_routing_key") != nullptr) {
        order.to_key = body.text("to_routing_key", "");
        if (order.to_key->size() > limits::short_string_bytes_max)
            return call->refuse_bad("to_routing_key is too long"), false;
    }
    return body.ok() && check_target(call, order);
}

void start_job(const CallRef& call, JobKind kind) {
    auto members = object_of(call);
    if (!members) return;
    const auto* queue = readable_queue(call);
    if (queue == nullptr) return;
    const bool is_stream = queue->type == broker::QueueType::stream;
    if (is_stream && kind != JobKind::copy)
        return call->refuse_bad("messages of a stream can only be copied");
    if (call->api().jobs().is_full())
        return call->refuse(429, "too_many_jobs",
                            fmt::format("{} jobs are under way; wait until one has ended",
                                        MessageJobs::running_max));
    if (auto open = broker::check_open_to(*queue, {}); !open)
        return call->refuse_bad(open.error().text);
    Body body(call, std::move(*members));
    JobOrder order{.kind = kind,
                   .vhost = queue->vhost->name,
                   .queue = queue->name,
                   .address = {queue->id(), queue->shard},
                   .is_stream = is_stream};
    if (kind == JobKind::redrive &&
        !check_access(call, {auth::ResourceKind::exchange, order.vhost, ""},
                      auth::Permission::write))
        return;
    const auto count = body.integer("count");
    const std::int64_t skip = body.integer("skip").value_or(0);
    if (!body.ok()) return;
    if (skip < 0 || count.value_or(1) < 1)
        return call->refuse_bad("count has to be above 0, skip not below");
    order.skip = static_cast<std::uint64_t>(skip);
    if (count) order.most = static_cast<std::uint64_t>(*count);
    if (!read_filter(call, body, order.filter) || !read_begin(call, body, is_stream, order.from))
        return;
    const bool has_target = kind == JobKind::move || kind == JobKind::copy;
    if (has_target && !read_target(call, body, order)) return;
    call->respond_json(job_json(call->api().jobs().start(std::move(order))), 202);
}

// Null: there is none that the user may see, and the call has been refused.
const JobReport* find_job(const CallRef& call) {
    const auto id = whole_number(call->part("id"));
    const JobReport* report =
        id && *id > 0 ? call->api().jobs().find(static_cast<std::uint64_t>(*id)) : nullptr;
    if (report != nullptr && sees_vhost(*call, report->order.vhost)) return report;
    call->refuse_not_found();
    return nullptr;
}

}  // namespace

void move_messages(const CallRef& call) {
    start_job(call, JobKind::move);
}

void copy_messages(const CallRef& call) {
    start_job(call, JobKind::copy);
}

void delete_messages(const CallRef& call) {
    start_job(call, JobKind::remove);
}

void redrive_messages(const CallRef& call) {
    start_job(call, JobKind::redrive);
}

void list_message_jobs(const CallRef& call) {
    json::array list;
    for (const auto& [id, report] : call->api().jobs().all())
        if (sees_vhost(*call, report->order.vhost)) list.push_back(job_json(*report));
    respond_list(call, std::move(list), {"id"});
}

void get_message_job(const CallRef& call) {
    if (const JobReport* report = find_job(call)) call->respond_json(job_json(*report));
}

void cancel_message_job(const CallRef& call) {
    if (const JobReport* report = find_job(call)) {
        call->api().jobs().cancel(report->id);
        call->respond_status(204);
    }
}

}  // namespace warren::http::routes
