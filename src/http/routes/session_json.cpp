#include "http/routes/session_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/topology/effective_settings.h"
#include "broker/topology/topology.h"
#include "http/json_values.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"

namespace warren::http {

namespace {

using session::ConnectionFacts;
using session::ConnectionState;

std::string_view state_name(ConnectionState state) {
    switch (state) {
        case ConnectionState::running:
            return "running";
        case ConnectionState::flow:
            return "flow";
        case ConnectionState::blocking:
            return "blocking";
        case ConnectionState::blocked:
            return "blocked";
        case ConnectionState::closing:
            return "closing";
    }
    return "";
}

// "TLSv1.2" is "tlsv1.2" there.
std::string lowered(std::string_view text) {
    std::string lower(text);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return lower;
}

json::value text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return json_text(text);
}

void add_tls(const session::TlsFacts* tls, json::object& object) {
    static const session::TlsFacts none;
    const session::TlsFacts& shown = tls == nullptr ? none : *tls;
    const CipherParts parts = cipher_parts(shown.cipher);
    object["ssl"] = tls != nullptr;
    object["ssl_protocol"] = text_or_null(lowered(shown.version));
    object["ssl_key_exchange"] = text_or_null(parts.key_exchange);
    object["ssl_cipher"] = text_or_null(parts.cipher);
    object["ssl_hash"] = text_or_null(parts.hash);
    object["peer_cert_subject"] = text_or_null(shown.subject);
    object["peer_cert_issuer"] = text_or_null(shown.issuer);
    object["peer_cert_validity"] = text_or_null(shown.validity);
    object["peer_cert_serial_number"] = nullptr;
}

void add_process(json::object& object, const statistics::Rates& rates) {
    rates.add(object, "reductions", {});
    object["garbage_collection"] = json::object{{"fullsweep_after", -1},
                                                {"max_heap_size", -1},
                                                {"min_bin_vheap_size", -1},
                                                {"min_heap_size", -1},
                                                {"minor_gcs", 0}};
}

// When it last did something, if that is not now; none if nobody remembers.
std::optional<WallTime> idle_since(const statistics::Sampler& sampler,
                                   const statistics::History* history) {
    constexpr std::int64_t ms_per_s = 1000;
    if (history == nullptr ||
        history->changed_s() + statistics::History::finest_s > sampler.time_s())
        return std::nullopt;
    return WallTime{history->changed_s() * ms_per_s};
}

void add_channel_stats(const Call& call, const session::ChannelReport& channel,
                       json::object& object) {
    const statistics::Sampler& sampler = call.api().sampler();
    const auto* history = sampler.of_channel(statistics::ChannelKey::of(channel));
    const statistics::Rates rates(sampler, history, statistics::channel_row(channel),
                                  statistics::ages_of(call, "msg_rates"));
    add_process(object, rates);
    if (const auto since = idle_since(sampler, history)) object["idle_since"] = rfc3339(*since);
    json::object stats;
    if (channel.published) statistics::add_publishes(stats, rates);
    if (channel.delivered) statistics::add_deliveries(stats, rates);
    if (!stats.empty() && shows_message_stats(call.api()))
        object["message_stats"] = std::move(stats);
}

void add_channel_figures(const Call& call, const session::ChannelReport& channel,
                         json::object& object) {
    object["state"] = channel.state == ConnectionState::flow ? "flow" : "running";
    object["confirm"] = channel.confirms;
    object["transactional"] = channel.transactional;
    object["prefetch_count"] = channel.consumer_prefetch;
    object["global_prefetch_count"] = channel.shared_prefetch;
    object["consumer_count"] = channel.consumers;
    object["messages_unacknowledged"] = channel.unacked;
    object["messages_unconfirmed"] = channel.unconfirmed;
    object["messages_uncommitted"] = channel.uncommitted_messages;
    object["acks_uncommitted"] = channel.uncommitted_settlements;
    object["oldest_unacknowledged_ms"] = channel.oldest_unacked_ms;
    object["pending_raft_commands"] = 0;
    object["cached_segments"] = 0;
    add_channel_stats(call, channel, object);
}

}  // namespace

std::string process_name(const Api& api, ConnectionId connection, unsigned part) {
    return fmt::format("<{}.{}.{}.{}>", api.facts().node_name, connection.shard().value + 1,
                       connection.counter(), part);
}

std::string channel_name(const ConnectionFacts& connection, ChannelId channel) {
    return fmt::format("{} ({})", connection.endpoints.name(), channel.value);
}

json::object channel_details(const Api& api, const ConnectionFacts& connection, ChannelId channel) {
    return {{"name", channel_name(connection, channel)},
            {"number", channel.value},
            {"user", json_text(connection.user)},
            {"connection_name", connection.endpoints.name()},
            {"peer_port", connection.endpoints.peer_port},
            {"peer_host", connection.endpoints.peer_host},
            {"pid", process_name(api, connection.id, channel.value)},
            {"node", api.facts().node_name}};
}

json::object connection_details(const ConnectionFacts& connection) {
    return {{"name", connection.endpoints.name()},
            {"peer_port", connection.endpoints.peer_port},
            {"peer_host", connection.endpoints.peer_host}};
}

json::object connection_json(const Call& call, const session::ConnectionReport& connection,
                             bool statistics) {
    const Api& api = call.api();
    const ConnectionFacts& facts = *connection.facts;
    json::object object{{"name", facts.endpoints.name()},
                        {"node", api.facts().node_name},
                        {"pid", process_name(api, facts.id, 0)},
                        {"type", "network"},
                        {"protocol", "AMQP 0-9-1"},
                        {"user", json_text(facts.user)},
                        {"user_who_performed_action", json_text(facts.user)},
                        {"vhost", json_text(facts.vhost)},
                        {"host", facts.endpoints.host},
                        {"port", facts.endpoints.port},
                        {"peer_host", facts.endpoints.peer_host},
                        {"peer_port", facts.endpoints.peer_port},
                        {"auth_mechanism", json_text(facts.mechanism)},
                        {"client_properties", to_json(facts.client_properties)},
                        {"connected_at", facts.accepted.ms},
                        {"timeout", facts.heartbeat_s},
                        {"frame_max", facts.frame_bytes_max},
                        {"channel_max", facts.channel_max}};
    if (const std::string name = facts.client_name(); !name.empty())
        object["user_provided_name"] = json_text(name);
    add_tls(facts.tls.get(), object);
    if (!statistics) return object;
    object["state"] = state_name(connection.state);
    object["channels"] = connection.channels;
    const statistics::Sampler& sampler = api.sampler();
    const statistics::Rates rates(sampler, sampler.of_connection(facts.id),
                                  statistics::connection_row(connection.socket),
                                  statistics::ages_of(call, "data_rates"));
    rates.add(object, "recv_oct", {statistics::connection::received});
    rates.add(object, "send_oct", {statistics::connection::sent});
    object["recv_cnt"] = connection.socket.reads;
    object["send_cnt"] = connection.socket.writes;
    object["send_pend"] = connection.unsent_bytes;
    add_process(object, rates);
    return object;
}

json::object channel_json(const Call& call, const session::ChannelReport& channel,
                          bool statistics) {
    const Api& api = call.api();
    const ConnectionFacts& facts = *channel.facts;
    json::object object{{"name", channel_name(facts, channel.id)},
                        {"number", channel.id.value},
                        {"node", api.facts().node_name},
                        {"pid", process_name(api, facts.id, channel.id.value)},
                        {"user", json_text(facts.user)},
                        {"user_who_performed_action", json_text(facts.user)},
                        {"vhost", json_text(facts.vhost)},
                        {"connection_details", connection_details(facts)}};
    object["connection_details"].as_object()["pid"] = process_name(api, facts.id, 0);
    if (statistics) add_channel_figures(call, channel, object);
    return object;
}

json::object consumer_json(const Api& api, const ConsumerReport& consumer) {
    const auto* queue = api.topology().find_queue(consumer.queue);
    const bool single =
        queue != nullptr && broker::effective_settings(*queue).single_active_consumer;
    const broker::ConsumerSpec& spec = consumer.spec;
    json::object object{
        {"consumer_tag", json_text(spec.tag)},
        {"ack_required", !spec.auto_ack},
        {"exclusive", spec.exclusive},
        {"prefetch_count", spec.prefetch},
        {"priority", spec.priority},
        {"active", consumer.active},
        {"activity_status", !consumer.active ? "waiting"
                            : single         ? "single_active"
                                             : "up"},
        {"arguments", to_json(spec.arguments)},
        {"consumer_timeout", spec.ack_timeout_ms.value_or(api.facts().consumer_timeout_ms)},
        {"messages_unacknowledged", consumer.unacked},
        {"channel_details", channel_details(api, *consumer.connection, spec.id.channel)}};
    object["queue"] = queue == nullptr ? json::object()
                                       : json::object{{"name", json_text(queue->name)},
                                                      {"vhost", json_text(queue->vhost->name)}};
    return object;
}

CipherParts cipher_parts(std::string_view openssl_name) {
    if (openssl_name.empty()) return {};
    // TLS 1.3: "TLS_AES_256_GCM_SHA384", whose keys any exchange may have given.
    if (openssl_name.starts_with("TLS_")) {
        openssl_name.remove_prefix(4);
        return {"any", lowered(openssl_name.substr(0, openssl_name.rfind('_'))), "aead"};
    }
    // Before: "ECDHE-RSA-AES256-GCM-SHA384".
    const std::size_t hash_at = openssl_name.rfind('-');
    const std::size_t cipher_at = std::min(openssl_name.find("AES"), openssl_name.find("CHACHA20"));
    if (hash_at == std::string_view::npos || cipher_at > hash_at)
        return {"", lowered(openssl_name), ""};
    std::string exchange = cipher_at == 0 ? "rsa" : lowered(openssl_name.substr(0, cipher_at - 1));
    std::string cipher = lowered(openssl_name.substr(cipher_at, hash_at - cipher_at));
    std::string hash = lowered(openssl_name.substr(hash_at + 1));
    for (std::string* text : {&exchange, &cipher})
        std::ranges::replace(*text, '-', '_');
    if (openssl_name.ends_with("POLY1305")) return {exchange, "chacha20_poly1305", "aead"};
    constexpr std::string_view aes = "aes";
    if (cipher.starts_with(aes) && cipher.size() > aes.size())
        cipher = fmt::format("{}_{}", aes, cipher.substr(aes.size()));
    const bool authenticated = cipher.ends_with("gcm") || cipher.find("ccm") != std::string::npos;
    if (authenticated) return {exchange, cipher, "aead"};
    return {exchange, cipher + "_cbc", hash};
}

}  // namespace warren::http
