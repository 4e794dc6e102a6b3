// /api/exchanges.
#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/sampler.h"

namespace warren::http::routes {

namespace {

json::object declared_json(const broker::ExchangeRecord& exchange) {
    return {{"name", exchange.name},
            {"vhost", exchange.vhost->name},
            {"type", exchange.type->name},
            {"durable", exchange.durable},
            {"auto_delete", exchange.auto_delete},
            {"internal", exchange.internal},
            {"arguments", to_json(*exchange.arguments)},
            {"user_who_performed_action",
             exchange.user == nullptr ? "rmq-internal" : std::string_view(*exchange.user)}};
}

// "policy" and "operator_policy" are there if there are such.
json::object exchange_json(const broker::ExchangeRecord& exchange) {
    json::object object = declared_json(exchange);
    const auto* policy = exchange.vhost->policies.effective(exchange);
    if (policy == nullptr) return object;
    if (policy->user != nullptr) object["policy"] = json_text(policy->user->name);
    if (policy->of_operator != nullptr)
        object["operator_policy"] = json_text(policy->of_operator->name);
    return object;
}

auth::Resource resource_of(const Call& call) {
    return {auth::ResourceKind::exchange, call.part("vhost"),
            exchange_name_in(call.part("exchange"))};
}

// An alternate exchange sees what this one cannot route: reading from here, writing there. False:
// the call has been refused.
bool check_alternate(const CallRef& call, const broker::DeclareExchange& command) {
    if (auto typed = broker::check_exchange_name_argument(
            command.arguments, "alternate-exchange",
            broker::describe_exchange(command.vhost, command.name));
        !typed) {
        call->refuse_for(typed.error());
        return false;
    }
    const auto* alternate = command.arguments.find("alternate-exchange");
    if (alternate == nullptr || alternate->as_text() == nullptr) return true;
    return check_access(call, resource_of(*call), auth::Permission::read) &&
           check_access(call, {auth::ResourceKind::exchange, command.vhost, *alternate->as_text()},
                        auth::Permission::write);
}

}  // namespace

namespace {

void respond_exchanges(const CallRef& call, const ExchangeReports& reports) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"));
    if (!vhosts) return;
    json::array list;
    for (const auto* vhost : *vhosts)
        for (const auto& exchange : vhost->exchanges) {
            auto object = exchange_json(*exchange);
            add_exchange_stats(*call, *exchange, reports, object);
            list.push_back(std::move(object));
        }
    respond_list(call, std::move(list), {"vhost", "name"}, Paging::yes);
}

void respond_exchange(const CallRef& call, const ExchangeReports& reports,
                      const std::vector<session::ChannelReport>& channels) {
    const auto* exchange = find_exchange(*call);
    if (exchange == nullptr) return call->refuse_not_found();
    auto object = exchange_json(*exchange);
    add_exchange_stats(*call, *exchange, reports, object);
    add_exchange_flows(*call, *exchange, reports, channels, object);
    respond_object(call, std::move(object));
}

}  // namespace

void list_exchanges(const CallRef& call) {
    if (!shows_statistics(*call)) return respond_exchanges(call, {});
    call->api().sampler().note_asked();
    call->api().reports().survey_exchanges(
        session::Details::no,
        [call](const ExchangeReports& reports) { respond_exchanges(call, reports); });
}

void get_exchange(const CallRef& call) {
    if (find_exchange(*call) == nullptr) return call->refuse_not_found();
    if (!shows_statistics(*call)) return respond_exchange(call, {}, {});
    call->api().sampler().note_asked();
    const bool in_detail = shows_flows(call->api());
    const auto details = in_detail ? session::Details::yes : session::Details::no;
    call->api().reports().survey_exchanges(details, [call, in_detail](ExchangeReports reports) {
        if (!in_detail) return respond_exchange(call, reports, {});
        call->api().reports().survey_channels(
            session::Details::yes, [call, reports = std::move(reports)](
                                       const std::vector<session::ChannelReport>& channels) {
                respond_exchange(call, reports, channels);
            });
    });
}

void put_exchange(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    broker::DeclareExchange command;
    command.vhost = call->part("vhost");
    command.name = exchange_name_in(call->part("exchange"));
    command.type = body.text("type", "direct");
    command.durable = body.boolean("durable", false);
    command.auto_delete = body.boolean("auto_delete", false);
    command.internal = body.boolean("internal", false);
    command.arguments = body.table("arguments");
    command.user = call->user().username;
    if (!body.ok() || !fits_short_string(call, "exchange", command.name)) return;
    const auto* vhost = call->api().topology().find_vhost(command.vhost);
    if (vhost == nullptr) return call->refuse(404, "not_found", "vhost_not_found");
    if (auto typed = broker::check_exchange_type(command.type); !typed)
        return call->refuse_for(typed.error());
    if (auto named = broker::check_not_default_exchange(command.name); !named)
        return call->refuse_for(named.error());
    if (!check_access(call, resource_of(*call), auth::Permission::configure)) return;
    const bool existed = vhost->find_exchange(command.name) != nullptr;
    if (!existed) {
        if (auto fresh = broker::check_new_exchange_name(command.name); !fresh)
            return call->refuse_for(fresh.error());
        if (!check_alternate(call, command)) return;
    }
    call->api().desk().submit(std::move(command),
                              [call, existed](const broker::TopologyOutcome& outcome) {
                                  respond_put(call, outcome, existed);
                              });
}

void delete_exchange(const CallRef& call) {
    const auto* exchange = find_exchange(*call);
    if (exchange == nullptr) return call->refuse_not_found();
    if (auto named = broker::check_not_default_exchange(exchange->name); !named)
        return call->refuse_for(named.error());
    if (auto may = broker::check_exchange_deletable(exchange->vhost->name, exchange->name); !may)
        return call->refuse_for(may.error());
    if (!check_access(call, resource_of(*call), auth::Permission::configure)) return;
    call->api().desk().submit(
        broker::DeleteExchange{exchange->vhost->name, exchange->name,
                               call->query_is_true("if-unused")},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

}  // namespace warren::http::routes
