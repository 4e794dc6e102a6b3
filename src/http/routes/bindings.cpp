// /api/bindings, and the bindings of one queue or exchange.
#include <algorithm>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology_checks.h"
#include "http/binding_key.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

void respond_bindings(const CallRef& call, json::array list) {
    respond_list(
        call, std::move(list),
        {"vhost", "source", "destination_type", "destination", "routing_key", "properties_key"});
}

json::object binding_json(const broker::Binding& binding) {
    const bool to_queue = binding.destination->kind == broker::DestinationKind::queue;
    return {{"source", binding.source->name},
            {"vhost", binding.source->vhost->name},
            {"destination", binding.destination->name},
            {"destination_type", to_queue ? "queue" : "exchange"},
            {"routing_key", binding.key},
            {"arguments", to_json(*binding.arguments)},
            {"properties_key", properties_key(binding.key, *binding.arguments)}};
}

// Every queue is bound to the default exchange by its name.
json::object implied_binding_json(const broker::QueueRecord& queue) {
    return {{"source", ""},
            {"vhost", queue.vhost->name},
            {"destination", queue.name},
            {"destination_type", "queue"},
            {"routing_key", queue.name},
            {"arguments", json::object()},
            {"properties_key", properties_key(queue.name, {})}};
}

void add_implied(const broker::Vhost& vhost, json::array& list) {
    for (const auto& queue : vhost.queues)
        if (!queue->is_delay_queue()) list.push_back(implied_binding_json(*queue));
}

// What the path of a binding names.
struct Ends {
    const broker::ExchangeRecord* source = nullptr;
    const broker::Destination* destination = nullptr;
    broker::DestinationKind kind = broker::DestinationKind::queue;
    std::string_view source_name;
    std::string_view destination_name;
};

// Nothing if the kind is neither of "q" and "e".
std::optional<Ends> ends_in(const Call& call) {
    Ends ends;
    const std::string& kind = call.part("kind");
    if (kind != "q" && kind != "e") return std::nullopt;
    ends.kind = kind == "q" ? broker::DestinationKind::queue : broker::DestinationKind::exchange;
    ends.source_name = exchange_name_in(call.part("source"));
    ends.destination_name = call.part("destination");
    const auto* vhost = call.api().topology().find_vhost(call.part("vhost"));
    if (vhost == nullptr) return ends;
    ends.source = vhost->find_exchange(ends.source_name);
    if (ends.kind == broker::DestinationKind::queue)
        ends.destination = vhost->find_queue(ends.destination_name);
    else
        ends.destination = vhost->find_exchange(exchange_name_in(ends.destination_name));
    return ends;
}

// Calls visit(binding) for those between the two.
template <typename Visit>
void for_each_between(const Ends& ends, Visit&& visit) {
    if (ends.source == nullptr || ends.destination == nullptr) return;
    for (const broker::Binding* binding : ends.destination->inbound)
        if (binding->source == ends.source) visit(*binding);
}

const broker::Binding* find_binding(const Ends& ends, std::string_view key) {
    const broker::Binding* found = nullptr;
    for_each_between(ends, [&](const broker::Binding& binding) {
        if (properties_key(binding.key, *binding.arguments) == key) found = &binding;
    });
    return found;
}

// The path is decoded once already: what was encoded in the key is put back.
std::string key_in(const Call& call) {
    const std::string& part = call.part("key");
    const std::size_t tilde = part.rfind('~');
    if (tilde == std::string::npos) return quoted_key(part);
    return quoted_key(std::string_view(part).substr(0, tilde)) + part.substr(tilde);
}

// Clients encode the key that they were given, which is encoded itself, or send it as it is.
const broker::Binding* find_binding(const Call& call, const Ends& ends) {
    if (const auto* found = find_binding(ends, call.part("key"))) return found;
    return find_binding(ends, key_in(call));
}

// Write to the destination, read from the source. False: the call has been refused.
bool check_binding(const CallRef& call, const Ends& ends, std::string_view routing_key) {
    const std::string& vhost = call->part("vhost");
    if (auto named = broker::check_not_default_exchange(ends.source_name); !named) {
        call->refuse_for(named.error());
        return false;
    }
    const auto kind = ends.kind == broker::DestinationKind::queue ? auth::ResourceKind::queue
                                                                  : auth::ResourceKind::exchange;
    if (!check_access(call, {kind, vhost, ends.destination_name}, auth::Permission::write) ||
        !check_access(call, {auth::ResourceKind::exchange, vhost, ends.source_name},
                      auth::Permission::read))
        return false;
    if (ends.source == nullptr || ends.source->type != &broker::topic_exchange) return true;
    const auth::TopicUse use{vhost, ends.source_name, routing_key};
    if (call->api().access().allow_topic(call->user(), use, auth::Permission::read)) return true;
    call->refuse_not_authorised("Access refused.");
    return false;
}

// A percent sign of the key means itself in a path; "~" stays.
std::string location_key(const std::string& key) {
    std::string text;
    for (const char letter : key)
        text += letter == '%' ? std::string("%25") : std::string(1, letter);
    return text;
}

void respond_bound(const CallRef& call, const broker::TopologyOutcome& outcome,
                   const std::string& key) {
    if (!outcome && outcome.error().code == amqp091::ReplyCode::not_found)
        return call->refuse(404, "not_found", outcome.error().text);
    if (!outcome) return call->refuse_for(outcome.error());
    Response response{.status = 201, .headers = {}, .body = {}};
    // The key once more encoded, as a part of a path.
    response.headers.emplace_back(
        "location", percent_encoded(call->part("destination")) + "/" + location_key(key));
    call->respond(std::move(response));
}

}  // namespace

void list_bindings(const CallRef& call) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"));
    if (!vhosts) return;
    json::array list;
    for (const auto* vhost : *vhosts) {
        add_implied(*vhost, list);
        for (const auto& binding : vhost->bindings)
            list.push_back(binding_json(*binding));
    }
    respond_bindings(call, std::move(list));
}

void list_queue_bindings(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    json::array list{implied_binding_json(*queue)};
    for (const broker::Binding* binding : queue->inbound)
        list.push_back(binding_json(*binding));
    respond_bindings(call, std::move(list));
}

void list_source_bindings(const CallRef& call) {
    const auto* exchange = find_exchange(*call);
    if (exchange == nullptr) return call->refuse_not_found();
    json::array list;
    if (exchange->is_default()) add_implied(*exchange->vhost, list);
    for (const broker::Binding* binding : exchange->outbound)
        list.push_back(binding_json(*binding));
    respond_bindings(call, std::move(list));
}

void list_destination_bindings(const CallRef& call) {
    const auto* exchange = find_exchange(*call);
    if (exchange == nullptr) return call->refuse_not_found();
    json::array list;
    for (const broker::Binding* binding : exchange->inbound)
        list.push_back(binding_json(*binding));
    respond_bindings(call, std::move(list));
}

void list_bindings_between(const CallRef& call) {
    const auto ends = ends_in(*call);
    if (!ends || call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse_not_found();
    json::array list;
    const bool implied = ends->source != nullptr && ends->source->is_default() &&
                         ends->kind == broker::DestinationKind::queue;
    if (implied && ends->destination != nullptr)
        list.push_back(
            implied_binding_json(static_cast<const broker::QueueRecord&>(*ends->destination)));
    for_each_between(
        *ends, [&](const broker::Binding& binding) { list.push_back(binding_json(binding)); });
    respond_bindings(call, std::move(list));
}

void bind(const CallRef& call) {
    const auto ends = ends_in(*call);
    if (!ends) return call->refuse_not_found();
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    broker::Bind command;
    command.vhost = call->part("vhost");
    command.source = ends->source_name;
    command.destination_kind = ends->kind;
    command.destination = ends->destination_name;
    command.routing_key = body.text("routing_key", "");
    command.arguments = body.table("arguments");
    if (!body.ok() || !fits_short_string(call, "routing_key", command.routing_key)) return;
    if (call->api().topology().find_vhost(command.vhost) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    if (!check_binding(call, *ends, command.routing_key)) return;
    amqp091::FieldTable sorted = command.arguments;
    sorted.sort_by_name();
    const std::string key = properties_key(command.routing_key, sorted);
    call->api().desk().submit(
        std::move(command),
        [call, key](const broker::TopologyOutcome& outcome) { respond_bound(call, outcome, key); });
}

void get_binding(const CallRef& call) {
    const auto ends = ends_in(*call);
    if (!ends) return call->refuse_not_found();
    const bool implied =
        ends->source != nullptr && ends->source->is_default() && ends->destination != nullptr &&
        ends->kind == broker::DestinationKind::queue && call->part("key") == ends->destination_name;
    if (implied)
        return respond_object(
            call,
            implied_binding_json(static_cast<const broker::QueueRecord&>(*ends->destination)));
    const auto* binding = find_binding(*call, *ends);
    if (binding == nullptr) return call->refuse_not_found();
    respond_object(call, binding_json(*binding));
}

void unbind(const CallRef& call) {
    const auto ends = ends_in(*call);
    if (!ends) return call->refuse_not_found();
    const auto* binding = find_binding(*call, *ends);
    if (binding == nullptr) return call->refuse_not_found();
    if (!check_binding(call, *ends, binding->key)) return;
    call->api().desk().submit(
        broker::Unbind{.vhost = call->part("vhost"),
                       .source = binding->source->name,
                       .destination_kind = ends->kind,
                       .destination = binding->destination->name,
                       .routing_key = binding->key,
                       .arguments = *binding->arguments,
                       .connection = {}},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

}  // namespace warren::http::routes
