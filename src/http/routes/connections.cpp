// /api/connections and /api/channels: asked of the shards when somebody wants to see them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "amqp091/utf8.h"
#include "http/access.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/routes/session_json.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/sampler.h"

namespace warren::http::routes {

namespace {

using session::ChannelReport;
using session::ConnectionFacts;
using session::ConnectionReport;

constexpr std::string_view closed_by_default = "Closed via management plugin";

// Whom a list shows: all to who monitors, else what is the user's own.
bool is_listed(const Call& call, const ConnectionFacts& facts) {
    if (call.resource_has("vhost") && facts.vhost != call.part("vhost")) return false;
    return may_monitor(call.user()) || facts.user == call.user().username;
}

// Whether the list's vhost, if the path names one, is there and open to the user: here monitoring
// alone opens none. False: the call has been refused.
bool check_vhost(const CallRef& call) {
    if (!call->resource_has("vhost")) return true;
    const std::string& vhost = call->part("vhost");
    if (call->api().topology().find_vhost(vhost) == nullptr) {
        call->refuse_not_found();
        return false;
    }
    if (may_administrate(call->user()) ||
        call->api().access().allow_vhost(call->user(), vhost).has_value())
        return true;
    call->refuse(404, "not_found", "Not Found");
    return false;
}

// One object is for its user and those who monitor (to close it, administrate). False: the call
// has been refused.
bool check_user(const CallRef& call, std::string_view user) {
    const bool reads =
        call->request().method == Method::get || call->request().method == Method::head;
    const bool may = reads ? may_monitor(call->user()) : may_administrate(call->user());
    if (may || call->user().username == user) return true;
    call->refuse_not_authorised("User not authorised to access object");
    return false;
}

std::string name_of(const ConnectionReport& connection) {
    return connection.facts->endpoints.name();
}
std::string name_of(const ChannelReport& channel) {
    return channel_name(*channel.facts, channel.id);
}
json::object shown(const Call& call, const ConnectionReport& connection, bool statistics) {
    return connection_json(call, connection, statistics);
}
json::object shown(const Call& call, const ChannelReport& channel, bool statistics) {
    return channel_json(call, channel, statistics);
}

template <typename Report>
void respond_reports(const CallRef& call, const std::vector<Report>& reports, Paging paging) {
    std::vector<ListRow> rows;
    for (std::size_t n = 0; n < reports.size(); ++n)
        if (is_listed(*call, *reports[n].facts))
            rows.push_back({reports[n].facts->vhost, name_of(reports[n]), n});
    const bool statistics = shows_statistics(*call);
    call->api().sampler().note_asked();
    respond_rows(
        call, std::move(rows),
        [&](std::size_t index) { return shown(*call, reports[index], statistics); }, paging);
}

// In RabbitMQ, a single connection has empty texts where lists have nulls.
void empty_nulls(json::object& object) {
    for (auto& member : object)
        if (member.value().is_null()) member.value() = "";
}

// Goes on with the connection that the path names, if there is one and the user may.
void with_connection(const CallRef& call, std::function<void(const ConnectionReport&)> then) {
    call->api().reports().survey_connections(
        [call, then = std::move(then)](const std::vector<ConnectionReport>& connections) {
            const std::string& name = call->part("connection");
            const auto found = std::ranges::find_if(
                connections, [&](const auto& each) { return name_of(each) == name; });
            if (found == connections.end()) return call->refuse_not_found();
            if (check_user(call, found->facts->user)) then(*found);
        });
}

// Bytes that are not UTF-8 are Latin-1, as in headers of old.
std::string reason_of(const Call& call) {
    const std::string_view given = call.request().header("x-reason").value_or("");
    if (given.empty()) return std::string(closed_by_default);
    if (amqp091::is_utf8(given)) return std::string(given);
    std::string reason;
    for (const char letter : given) {
        const auto code = static_cast<unsigned char>(letter);
        if (code < 0x80) {
            reason += letter;
        } else {
            reason += static_cast<char>(0xC0 | (code >> 6));
            reason += static_cast<char>(0x80 | (code & 0x3F));
        }
    }
    return reason;
}

// RabbitMQ pages the lists of the whole node only.
Paging paging_of(const Call& call) {
    return call.resource_has("vhost") ? Paging::no : Paging::yes;
}

void note_closed(const Call& call, const session::ConnectionFacts& connection) {
    note(call, {.action = "closed",
                .kind = "connection",
                .vhost = connection.vhost,
                .name = connection.endpoints.name(),
                .reason = reason_of(call)});
}

void close_all(const CallRef& call, std::vector<ConnectionId> connections) {
    call->api().reports().close_connections(std::move(connections), reason_of(*call),
                                            [call](std::size_t) { call->respond_status(204); });
}

// `limit` of the query: how many at most; 0 if all.
std::uint64_t limit_of(const Call& call) {
    const std::string* text = call.query("limit");
    std::uint64_t limit = 0;
    if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), limit);
    return limit;
}

}  // namespace

void list_connections(const CallRef& call) {
    if (!check_vhost(call) || !list_query(call)) return;
    call->api().reports().survey_connections([call](const std::vector<ConnectionReport>& reports) {
        respond_reports(call, reports, paging_of(*call));
    });
}

// RabbitMQ has no such resource; its command lines close connections of a vhost, or of the node.
void delete_connections(const CallRef& call) {
    if (!check_vhost(call)) return;
    call->api().reports().survey_connections([call](const std::vector<ConnectionReport>& reports) {
        std::vector<ConnectionId> chosen;
        const std::uint64_t limit = limit_of(*call);
        for (const auto& report : reports) {
            if ((limit != 0 && chosen.size() == limit) || !is_listed(*call, *report.facts) ||
                report.state == session::ConnectionState::closing)
                continue;
            note_closed(*call, *report.facts);
            chosen.push_back(report.facts->id);
        }
        call->api().reports().close_connections(
            std::move(chosen), reason_of(*call),
            [call](std::size_t closed) { call->respond_json(json::object{{"closed", closed}}); });
    });
}

void get_connection(const CallRef& call) {
    with_connection(call, [call](const ConnectionReport& connection) {
        auto object = connection_json(*call, connection, shows_statistics(*call));
        empty_nulls(object);
        respond_object(call, std::move(object));
    });
}

void delete_connection(const CallRef& call) {
    with_connection(call, [call](const ConnectionReport& connection) {
        note_closed(*call, *connection.facts);
        close_all(call, {connection.facts->id});
    });
}

// Those of AMQP 1.0 have sessions.
void list_connection_sessions(const CallRef& call) {
    with_connection(call, [call](const ConnectionReport&) {
        call->refuse_bad("connection does not use AMQP 1.0");
    });
}

void list_connection_channels(const CallRef& call) {
    with_connection(call, [call](const ConnectionReport& connection) {
        call->api().reports().survey_channels_of({connection.facts->id}, session::Details::no,
                                                 [call](const std::vector<ChannelReport>& reports) {
                                                     respond_reports(call, reports, Paging::no);
                                                 });
    });
}

// What remains when nothing is shown of a connection but whose it is.
void list_user_connections(const CallRef& call) {
    if (!check_user(call, call->part("user"))) return;
    call->api().reports().survey_connections([call](const std::vector<ConnectionReport>& reports) {
        json::array list;
        for (const auto& report : reports)
            if (report.facts->user == call->part("user"))
                list.push_back(json::object{{"name", name_of(report)},
                                            {"node", call->api().facts().node_name},
                                            {"user", json::string(report.facts->user)},
                                            {"vhost", json::string(report.facts->vhost)}});
        respond_list(call, std::move(list), {"vhost", "name"});
    });
}

void delete_user_connections(const CallRef& call) {
    if (!check_user(call, call->part("user"))) return;
    call->api().reports().survey_connections([call](const std::vector<ConnectionReport>& reports) {
        std::vector<ConnectionId> connections;
        for (const auto& report : reports) {
            if (report.facts->user != call->part("user")) continue;
            note_closed(*call, *report.facts);
            connections.push_back(report.facts->id);
        }
        close_all(call, std::move(connections));
    });
}

void list_channels(const CallRef& call) {
    if (!check_vhost(call) || !list_query(call)) return;
    call->api().reports().survey_channels(session::Details::no,
                                          [call](const std::vector<ChannelReport>& reports) {
                                              respond_reports(call, reports, paging_of(*call));
                                          });
}

namespace {

// The consumers of a channel are found among all.
void respond_channel(const CallRef& call, const ChannelReport& channel) {
    auto object = channel_json(*call, channel, shows_statistics(*call));
    add_channel_flows(*call, channel, object);
    call->api().reports().survey_all_consumers(
        [call, object = std::move(object), connection = channel.facts->id,
         number = channel.id](const std::vector<ConsumerReport>& consumers) mutable {
            json::array details;
            for (const auto& consumer : consumers)
                if (consumer.spec.id.connection == connection && consumer.spec.id.channel == number)
                    details.push_back(consumer_json(call->api(), consumer));
            object["consumer_details"] = std::move(details);
            respond_object(call, std::move(object));
        });
}

}  // namespace

void get_channel(const CallRef& call) {
    call->api().sampler().note_asked();
    const auto details = shows_flows(call->api()) ? session::Details::yes : session::Details::no;
    call->api().reports().survey_channels(
        details, [call](const std::vector<ChannelReport>& channels) {
            const std::string& name = call->part("channel");
            const auto found = std::ranges::find_if(
                channels, [&](const auto& each) { return name_of(each) == name; });
            if (found == channels.end()) return call->refuse_not_found();
            if (check_user(call, found->facts->user)) respond_channel(call, *found);
        });
}

}  // namespace warren::http::routes
