// Jobs that move, copy, delete or drive back the messages that are meant, beyond RabbitMQ:
//
//   POST /api/queues/:vhost/:queue/{move,copy,delete-messages,redrive}   202, a job
//   GET  /api/message-jobs, /api/message-jobs/:id;  DELETE cancels
#include "http/messages/message_jobs.h"

#include <fmt/format.h>

#include "broker/topology/topology_checks.h"
#include "http/access.h"
#include "http/listing.h"
#include "http/routes/message_requests.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

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
    const JobReport& report = call->api().jobs().start(std::move(order));
    note(*call, {.action = http::name_of(kind),
                 .kind = "messages",
                 .vhost = report.order.vhost,
                 .name = report.order.queue,
                 .reason = fmt::format("job {}", report.id)});
    call->respond_json(job_json(report), 202);
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
