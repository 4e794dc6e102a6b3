// GET of /api/queues, and of those that one user has declared. A page of a hundred thousand queues
// costs little more than finding those that are on it: they are picked out of all by vhost and name
// (or by a figure), and only they are asked for what they hold.
#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>

#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/queue_ages_json.h"
#include "http/routes/queue_json.h"
#include "http/routes/routes.h"
#include "http/routes/session_json.h"
#include "http/routes/traffic_json.h"

namespace warren::http::routes {

namespace {

// A queue in a list that is being put in order. The record is good for this turn.
struct Row {
    const broker::QueueRecord* queue = nullptr;
    std::uint64_t figure = 0;
    std::string_view text = {};
};

struct Selection {
    std::uint64_t total = 0;
    std::uint64_t filtered = 0;
    std::vector<Row> rows;  // of the page, in order
};

bool by_name(const broker::QueueRecord& left, const broker::QueueRecord& right) {
    if (left.vhost != right.vhost) return left.vhost->name < right.vhost->name;
    return left.name < right.name;
}

// What a list is sorted by that the topology knows.
std::string_view text_of(const broker::QueueRecord& queue, std::string_view column) {
    if (column == "name") return queue.name;
    if (column == "vhost") return queue.vhost->name;
    if (column == "type") return broker::name_of(queue.type);
    if (column == "durable") return queue.durable ? "true" : "false";
    if (column == "auto_delete") return queue.auto_delete ? "true" : "false";
    if (column == "exclusive") return queue.exclusive() ? "true" : "false";
    return {};
}

// Which queues are listed, before the query says more.
struct Scope {
    std::span<const broker::Vhost* const> vhosts;
    const std::string* declared_by = nullptr;  // null: whoever it was

    bool has(const broker::QueueRecord& queue) const {
        return !queue.is_delay_queue() && (declared_by == nullptr || *queue.user == *declared_by);
    }
};

std::vector<Row> matching_rows(const Scope& scope, const ListQuery& query, std::uint64_t& total) {
    std::vector<Row> rows;
    for (const auto* vhost : scope.vhosts)
        for (const auto& queue : vhost->queues) {
            if (!scope.has(*queue)) continue;
            ++total;
            if (!query.page || query.filter.matches(queue->name)) rows.push_back({queue.get()});
        }
    return rows;
}

// `reports` are those of all queues, where the order needs them.
Selection select(const Scope& scope, const ListQuery& query, const QueueReports* reports) {
    Selection selection;
    auto rows = matching_rows(scope, query, selection.total);
    selection.filtered = rows.size();
    static const broker::QueueStats none;
    for (Row& row : rows) {
        if (query.sort.empty()) break;
        row.text = text_of(*row.queue, query.sort);
        if (reports == nullptr) continue;
        const auto found = reports->find(row.queue->id());
        row.figure =
            figure_of(found == reports->end() ? none : found->second, query.sort).value_or(0);
    }
    const auto before = [&](const Row& left, const Row& right) {
        if (left.figure != right.figure) return (left.figure < right.figure) != query.reverse;
        if (left.text != right.text) return (left.text < right.text) != query.reverse;
        return query.reverse ? by_name(*right.queue, *left.queue)
                             : by_name(*left.queue, *right.queue);
    };
    const std::uint64_t first = query.page ? std::min(query.page->first(), selection.filtered) : 0;
    const std::uint64_t count =
        query.page ? query.page->count_of(selection.filtered) : selection.filtered;
    const auto at = rows.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = at + static_cast<std::ptrdiff_t>(count);
    // Only the page itself is put in order.
    if (at != rows.begin() && at != rows.end())
        std::nth_element(rows.begin(), at, rows.end(), before);
    std::partial_sort(at, end, rows.end(), before);
    selection.rows.assign(at, end);
    return selection;
}

json::object shown(const Call& call, const broker::QueueRecord& queue,
                   const QueueReports& reports) {
    const Api& api = call.api();
    const bool statistics = shows_statistics(call);
    auto object = queue_json(api, queue);
    const auto found = reports.find(queue.id());
    const broker::QueueStats stats = found == reports.end() ? broker::QueueStats() : found->second;
    if (statistics)
        add_stats(call, queue, stats, object);
    else if (api.settings().queue_totals || call.query_is_true("enable_queue_totals"))
        add_totals(stats, object);
    return object;
}

// The connections that own exclusive queues.
using Owners = std::unordered_map<ConnectionId, session::ConnectionFactsRef>;

void add_owner(const broker::QueueRecord& queue, const Owners& owners, json::object& object) {
    const auto found = owners.find(queue.owner);
    if (found != owners.end()) object["owner_pid_details"] = connection_details(*found->second);
}

// Goes on with the owners of these queues.
void find_owners(const CallRef& call, const std::vector<broker::QueueAddress>& queues,
                 std::move_only_function<void(const Owners&)> then) {
    std::vector<ConnectionId> connections;
    for (const auto& address : queues)
        if (const auto* queue = call->api().topology().find_queue(address.queue);
            queue != nullptr && queue->exclusive())
            connections.push_back(queue->owner);
    call->api().reports().survey_connections_of(
        std::move(connections),
        [then = std::move(then)](const std::vector<session::ConnectionReport>& reports) mutable {
            Owners owners;
            for (const auto& report : reports)
                owners.emplace(report.facts->id, report.facts);
            then(owners);
        });
}

// Answers with these queues, as far as they still exist.
void respond_queues(const CallRef& call, const ListQuery& query, std::uint64_t total,
                    std::uint64_t filtered, const std::vector<broker::QueueAddress>& queues,
                    const QueueReports& reports, const Owners& owners) {
    std::string items = "[";
    std::uint64_t count = 0;
    for (const auto& address : queues) {
        const auto* queue = call->api().topology().find_queue(address.queue);
        if (queue == nullptr) continue;
        if (++count != 1) items += ',';
        auto object = shown(*call, *queue, reports);
        add_owner(*queue, owners, object);
        items += json::serialize(select_columns(std::move(object), query));
    }
    items += ']';
    if (!query.page) return call->respond_text(200, std::move(items));
    call->respond_text(200, page_text(*query.page, total, filtered, count, items));
}

bool needs_reports(const Call& call, const ListQuery& query) {
    constexpr std::string_view known[] = {"name",        "vhost",     "type",     "durable",
                                          "auto_delete", "exclusive", "arguments"};
    if (query.columns.empty())
        return (call.api().settings().statistics && !call.query_is_true("disable_stats")) ||
               call.api().settings().queue_totals || call.query_is_true("enable_queue_totals");
    return !std::ranges::all_of(query.columns, [&](const auto& path) {
        return std::ranges::find(known, path.front()) != std::end(known);
    });
}

void respond_selection(const CallRef& call, const ListQuery& query, const QueueReports* all) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"));
    if (!vhosts) return;
    const std::string* user = call->resource_has("user") ? &call->part("user") : nullptr;
    const Selection selection = select({*vhosts, user}, query, all);
    if (query.page && refuse_if_behind_end(call, *query.page, selection.filtered)) return;
    std::vector<broker::QueueAddress> queues;
    for (const Row& row : selection.rows)
        queues.push_back({row.queue->id(), row.queue->shard});
    const std::uint64_t total = selection.total;
    const std::uint64_t filtered = selection.filtered;
    if (!needs_reports(*call, query))
        return respond_queues(call, query, total, filtered, queues, {}, {});
    call->api().reports().survey_queues(
        queues, [call, query, total, filtered, queues](const QueueReports& reports) {
            find_owners(call, queues,
                        [call, query, total, filtered, queues, reports](const Owners& owners) {
                            respond_queues(call, query, total, filtered, queues, reports, owners);
                        });
        });
}

}  // namespace

void list_queues(const CallRef& call) {
    call->api().sampler().note_asked();
    auto query = list_query(call);
    if (!query) return;
    if (!figure_of(broker::QueueStats(), query->sort))
        return respond_selection(call, *query, nullptr);
    call->api().reports().survey_all_queues(
        [call, query = std::move(*query)](const QueueReports& reports) {
            respond_selection(call, query, &reports);
        });
}

namespace {

// Besides what lists show: consumers, who holds the oldest delivery, and what went from whom to it.
struct OneQueue {
    CallRef call;
    broker::QueueAddress address;
    std::optional<broker::OldestUnacked> oldest;
    json::object object;
};
using OneQueueRef = std::shared_ptr<OneQueue>;

void add_oldest_delivery(const OneQueueRef& one) {
    if (!one->oldest) return respond_object(one->call, std::move(one->object));
    one->call->api().reports().survey_connections_of(
        {one->oldest->holder.connection},
        [one](const std::vector<session::ConnectionReport>& reports) {
            one->object["oldest_delivery"] = oldest_delivery_json(
                *one->oldest, reports.empty() ? nullptr : reports.front().facts.get());
            respond_object(one->call, std::move(one->object));
        });
}

void add_consumers(const OneQueueRef& one) {
    Api& api = one->call->api();
    api.reports().survey_consumers(
        {one->address}, [one](const std::vector<ConsumerReport>& consumers) {
            json::array details;
            for (const auto& consumer : consumers)
                details.push_back(consumer_json(one->call->api(), consumer));
            one->object["consumer_details"] = std::move(details);
            find_owners(one->call, {one->address}, [one](const Owners& owners) {
                const auto* queue = one->call->api().topology().find_queue(one->address.queue);
                if (queue != nullptr) add_owner(*queue, owners, one->object);
                add_oldest_delivery(one);
            });
        });
}

void respond_queue(const OneQueueRef& one) {
    Api& api = one->call->api();
    if (!shows_flows(api)) {
        one->object["incoming"] = json::array();
        one->object["deliveries"] = json::array();
        return add_consumers(one);
    }
    api.reports().survey_exchanges(session::Details::yes, [one](ExchangeReports reports) {
        one->call->api().reports().survey_channels(
            session::Details::yes, [one, reports = std::move(reports)](
                                       const std::vector<session::ChannelReport>& channels) {
                const auto* queue = one->call->api().topology().find_queue(one->address.queue);
                if (queue != nullptr)
                    add_queue_flows(*one->call, *queue, reports, channels, one->object);
                add_consumers(one);
            });
    });
}

}  // namespace

void get_queue(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    call->api().sampler().note_asked();
    const broker::QueueAddress address{queue->id(), queue->shard};
    call->api().reports().survey_queues({address}, [call, address](const QueueReports& reports) {
        const auto* still = call->api().topology().find_queue(address.queue);
        if (still == nullptr) return call->refuse_not_found();
        const auto found = reports.find(address.queue);
        respond_queue(std::make_shared<OneQueue>(
            OneQueue{.call = call,
                     .address = address,
                     .oldest = found == reports.end() ? std::nullopt : found->second.oldest_unacked,
                     .object = shown(*call, *still, reports)}));
    });
}

}  // namespace warren::http::routes
