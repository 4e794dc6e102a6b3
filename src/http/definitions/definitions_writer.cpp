#include "http/definitions/definitions_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "auth/password_hash.h"
#include "broker/topology/policy_requests.h"
#include "http/definitions/definitions.h"
#include "http/json_values.h"

namespace warren::http {

namespace json = boost::json;

using broker::PolicyKind;

namespace {

// Writes member after member: a document in memory would take several times the text.
class Document {
public:
    void member(std::string_view key, const json::value& value) {
        begin(key);
        text_ += json::serialize(value);
    }
    void begin_list(std::string_view key) {
        begin(key);
        text_ += '[';
        first_ = true;
    }
    void item(const json::object& item) {
        if (!first_) text_ += ',';
        first_ = false;
        text_ += json::serialize(item);
    }
    void end_list() {
        text_ += ']';
        first_ = false;
    }
    std::string finish() { return std::move(text_) + '}'; }

private:
    void begin(std::string_view key) {
        text_ += text_.empty() ? '{' : ',';
        text_ += json::serialize(json::string_view(key));
        text_ += ':';
    }

    std::string text_;
    bool first_ = true;
};

using Vhosts = std::vector<const broker::Vhost*>;

template <typename Set>
auto sorted_by_name(const Set& records) {
    std::vector<decltype(records.begin()->get())> sorted;
    for (const auto& record : records)
        sorted.push_back(record.get());
    std::ranges::sort(sorted, {},
                      [](const auto* record) -> const std::string& { return record->name; });
    return sorted;
}

bool is_reserved(std::string_view name) {
    return name.empty() || name.starts_with("amq.");
}
bool is_exported(const broker::QueueRecord& queue) {
    return !queue.exclusive() && !queue.is_delay_queue() && !is_reserved(queue.name);
}
bool is_exported(const broker::Binding& binding) {
    const broker::Destination& to = *binding.destination;
    if (binding.source->is_default()) return false;
    if (to.kind == broker::DestinationKind::exchange) return true;
    return is_exported(static_cast<const broker::QueueRecord&>(to));
}

json::array words(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts)
        array.push_back(json_text(text));
    return array;
}

// A file about one vhost leaves its name away.
class Exporter {
public:
    explicit Exporter(bool names_vhost) : names_vhost_(names_vhost) {}

    void origin(const ExportOrigin& origin) {
        out_.member("rabbitmq_version", json_text(origin.rabbitmq_version));
        out_.member("product_name", json_text(origin.product_name));
        out_.member("product_version", json_text(origin.product_version));
        out_.member("rabbit_version", json_text(origin.rabbitmq_version));
    }
    void member(std::string_view key, json::value value) { out_.member(key, value); }
    std::string finish() { return out_.finish(); }

    void users(const auth::UserTable& users);
    void vhosts(const Vhosts& vhosts);
    void permissions(const auth::UserTable& users);
    void topic_permissions(const auth::UserTable& users);
    void global_parameters(const broker::Topology& topology);
    void exchanges(const Vhosts& vhosts);
    void policies(const Vhosts& vhosts);
    void parameters(const Vhosts& vhosts);
    void queues(const Vhosts& vhosts);
    void bindings(const Vhosts& vhosts);

private:
    void in_vhost(json::object item, const broker::Vhost& vhost) {
        if (names_vhost_) item.emplace("vhost", json_text(vhost.name));
        out_.item(item);
    }
    void parameter(const broker::Vhost& vhost, std::string_view component, std::string_view name,
                   json::value value) {
        in_vhost({{"component", json_text(component)},
                  {"name", json_text(name)},
                  {"value", std::move(value)}},
                 vhost);
    }

    const bool names_vhost_;
    Document out_;
};

json::object limits_of(const auth::User& user) {
    json::object limits;
    if (user.limits.channels_max) limits.emplace("max-channels", *user.limits.channels_max);
    if (user.limits.connections_max)
        limits.emplace("max-connections", *user.limits.connections_max);
    return limits;
}

json::object limits_of(const broker::Vhost& vhost) {
    json::object limits;
    if (vhost.limits.connections_max)
        limits.emplace("max-connections", *vhost.limits.connections_max);
    if (vhost.limits.queues_max) limits.emplace("max-queues", *vhost.limits.queues_max);
    return limits;
}

json::object metadata_of(const broker::Vhost& vhost) {
    json::object metadata{{"description", json_text(vhost.description)},
                          {"tags", words(vhost.tags)}};
    const std::string_view type =
        vhost.default_queue_type.empty() ? "classic" : std::string_view(vhost.default_queue_type);
    metadata.emplace("default_queue_type", json_text(type));
    if (vhost.is_protected) metadata.emplace("protected_from_deletion", true);
    return metadata;
}

json::object policy_object(const broker::Policy& policy) {
    return {{"apply-to", json_text(broker::name_of(policy.apply_to))},
            {"definition", json_object(policy.definition)}};
}

void Exporter::users(const auth::UserTable& users) {
    out_.begin_list("users");
    for (const auto& [name, user] : users.users())
        out_.item({{"hashing_algorithm", json_text(auth::module_name(user.password.algorithm))},
                   {"limits", limits_of(user)},
                   {"name", json_text(name)},
                   {"password_hash", auth::encode_base64(user.password.salt_and_digest)},
                   {"tags", words(user.tags)}});
    out_.end_list();
}

void Exporter::vhosts(const Vhosts& vhosts) {
    out_.begin_list("vhosts");
    for (const broker::Vhost* vhost : vhosts)
        out_.item({{"limits", limits_of(*vhost)},
                   {"metadata", metadata_of(*vhost)},
                   {"name", json_text(vhost->name)}});
    out_.end_list();
}

void Exporter::permissions(const auth::UserTable& users) {
    out_.begin_list("permissions");
    for (const auto& [name, user] : users.users())
        for (const auto& [vhost, access] : user.vhosts) {
            if (!access.permissions) continue;
            const auth::PermissionPatterns patterns = access.permissions->texts();
            out_.item({{"configure", json_text(patterns.configure)},
                       {"read", json_text(patterns.read)},
                       {"user", json_text(name)},
                       {"vhost", json_text(vhost)},
                       {"write", json_text(patterns.write)}});
        }
    out_.end_list();
}

void Exporter::topic_permissions(const auth::UserTable& users) {
    out_.begin_list("topic_permissions");
    for (const auto& [name, user] : users.users())
        for (const auto& [vhost, access] : user.vhosts)
            for (const auto& [exchange, topic] : access.topics)
                out_.item({{"exchange", json_text(exchange)},
                           {"read", json_text(topic.texts.read)},
                           {"user", json_text(name)},
                           {"vhost", json_text(vhost)},
                           {"write", json_text(topic.texts.write)}});
    out_.end_list();
}

void Exporter::global_parameters(const broker::Topology& topology) {
    out_.begin_list("global_parameters");
    for (const auto& [name, value] : topology.global_parameters())
        if (name != imported_definitions_parameter)
            out_.item({{"name", json_text(name)}, {"value", json_value(value)}});
    out_.end_list();
}

void Exporter::exchanges(const Vhosts& vhosts) {
    out_.begin_list("exchanges");
    for (const broker::Vhost* vhost : vhosts)
        for (const auto* exchange : sorted_by_name(vhost->exchanges)) {
            if (is_reserved(exchange->name)) continue;
            json::object item{{"arguments", json_object(*exchange->arguments)},
                              {"auto_delete", exchange->auto_delete},
                              {"durable", exchange->durable}};
            if (exchange->internal) item.emplace("internal", true);
            item.emplace("name", json_text(exchange->name));
            item.emplace("type", json_text(exchange->type->name));
            in_vhost(std::move(item), *vhost);
        }
    out_.end_list();
}

void Exporter::policies(const Vhosts& vhosts) {
    out_.begin_list("policies");
    for (const broker::Vhost* vhost : vhosts)
        for (const auto& [name, policy] : vhost->policies.of(PolicyKind::user)) {
            json::object item = policy_object(policy);
            item.emplace("name", json_text(name));
            item.emplace("pattern", json_text(policy.pattern));
            item.emplace("priority", policy.priority);
            in_vhost(std::move(item), *vhost);
        }
    out_.end_list();
}

void Exporter::parameters(const Vhosts& vhosts) {
    out_.begin_list("parameters");
    for (const broker::Vhost* vhost : vhosts) {
        for (const auto& [name, policy] : vhost->policies.of(PolicyKind::of_operator)) {
            json::object value = policy_object(policy);
            value.emplace("pattern", json_text(policy.pattern));
            value.emplace("priority", policy.priority);
            parameter(*vhost, "operator_policy", name, std::move(value));
        }
        for (const auto& [name, value] : vhost->parameters)
            parameter(*vhost, name.first, name.second, json_value(value));
        if (vhost->limits != broker::VhostLimits{})
            parameter(*vhost, "vhost-limits", "limits", limits_of(*vhost));
    }
    out_.end_list();
}

void Exporter::queues(const Vhosts& vhosts) {
    out_.begin_list("queues");
    for (const broker::Vhost* vhost : vhosts)
        for (const auto* queue : sorted_by_name(vhost->queues))
            if (is_exported(*queue))
                in_vhost({{"arguments", json_object(*queue->arguments)},
                          {"auto_delete", queue->auto_delete},
                          {"durable", queue->durable},
                          {"name", json_text(queue->name)},
                          {"type", json_text(broker::name_of(queue->type))}},
                         *vhost);
    out_.end_list();
}

// In the order in which they were made, on which the ring of a consistent-hash exchange depends.
void Exporter::bindings(const Vhosts& vhosts) {
    out_.begin_list("bindings");
    for (const broker::Vhost* vhost : vhosts) {
        std::vector<const broker::Binding*> sorted;
        for (const auto& binding : vhost->bindings)
            if (is_exported(*binding)) sorted.push_back(binding.get());
        std::ranges::sort(sorted, {}, &broker::Binding::made_at);
        for (const broker::Binding* binding : sorted) {
            const bool to_queue = binding->destination->kind == broker::DestinationKind::queue;
            in_vhost({{"arguments", json_object(*binding->arguments)},
                      {"destination", json_text(binding->destination->name)},
                      {"destination_type", to_queue ? "queue" : "exchange"},
                      {"routing_key", json_text(binding->key)},
                      {"source", json_text(binding->source->name)}},
                     *vhost);
        }
    }
    out_.end_list();
}

}  // namespace

std::string export_definitions(const broker::Topology& topology, const auth::UserTable& users,
                               const ExportOrigin& origin) {
    const Vhosts vhosts = [&] {
        const auto sorted = sorted_by_name(topology.vhosts());
        return Vhosts(sorted.begin(), sorted.end());
    }();
    Exporter out(true);
    out.permissions(users);
    out.origin(origin);
    out.exchanges(vhosts);
    out.vhosts(vhosts);
    out.users(users);
    out.global_parameters(topology);
    out.parameters(vhosts);
    out.policies(vhosts);
    out.topic_permissions(users);
    out.member("explanation",
               json_text(fmt::format("Definitions of cluster '{}'", origin.cluster_name)));
    out.member("rabbitmq_definition_format", "cluster");
    out.member("original_cluster_name", json_text(origin.cluster_name));
    out.queues(vhosts);
    out.bindings(vhosts);
    return out.finish();
}

std::string export_vhost_definitions(const broker::Vhost& vhost, const ExportOrigin& origin) {
    const Vhosts only{&vhost};
    Exporter out(false);
    out.member("description", json_text(vhost.description));
    out.member("metadata", metadata_of(vhost));
    out.origin(origin);
    out.member("limits", limits_of(vhost));
    out.exchanges(only);
    out.parameters(only);
    out.policies(only);
    out.member("explanation",
               json_text(fmt::format("Definitions of virtual host '{}'", vhost.name)));
    out.member("original_vhost_name", json_text(vhost.name));
    out.member("rabbitmq_definition_format", "single_virtual_host");
    out.queues(only);
    out.bindings(only);
    return out.finish();
}

}  // namespace warren::http
