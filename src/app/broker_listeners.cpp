// Where a node listens (broker_node.h): the sockets, opened before there are shards, and the
// listeners that they become, which can be closed and opened again while the node runs.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/broker_room.h"
#include "app/config/config_paths.h"
#include "app/config/enabled_plugins.h"
#include "app/config/erlang_cookie.h"
#include "app/http_settings.h"
#include "app/system_files.h"
#include "base/log.h"
#include "net/local_socket.h"

namespace warren::app {

namespace {

ListenerKind kind_of(const HttpListener& wanted) {
    return {.http = true, .tls = wanted.tls, .control = false, .prometheus = wanted.prometheus};
}

std::string_view words_for(const ListenerKind& kind) {
    if (kind.link) return " (command lines)";
    return kind.http ? " (HTTP)" : "";
}

// Where command lines look for a node if nobody says otherwise; 0: there is no such port.
std::uint16_t usual_link_port(const config::Config& config) {
    constexpr std::uint16_t amqp_port = 5672;
    constexpr std::uint16_t distance = 20'000;
    const auto& tcp = config.listeners.tcp;
    const std::uint16_t port = tcp.empty() ? amqp_port : tcp.front().port;
    return port == 0 || port > UINT16_MAX - distance ? 0 : port + distance;
}

}  // namespace

Result<void, std::string> BrokerNode::open_listeners() {
    ports_ = {{"amqp", 0}, {"amqps", 0}, {"http", 0}, {"https", 0}};
    for (const auto& address : config_.listeners.tcp)
        if (auto opened = open_listener(address, {.http = false, .tls = false, .control = false});
            !opened)
            return opened;
    for (const auto& address : config_.listeners.tls)
        if (auto opened = open_listener(address, {.http = false, .tls = true, .control = false});
            !opened)
            return opened;
    for (const auto& wanted : http_listeners(config_))
        if (auto opened = open_listener(wanted.address, kind_of(wanted)); !opened) return opened;
    if (auto opened = open_link_listener(); !opened) return opened;
    return open_control_socket();
}

// Whoever holds the folder's lock is alone in it.
Result<void, std::string> BrokerNode::open_control_socket() {
    auto socket = net::open_local_socket(config_.data_dir, config::control_socket_name);
    if (!socket) return fail(std::move(socket.error()));
    opened_.push_back({std::move(*socket), {.http = true, .tls = false, .control = true}, {}});
    return {};
}

// Where nobody has asked for the port, the node starts without it.
Result<void, std::string> BrokerNode::open_link_listener() {
    const config::Distribution& wanted = config_.distribution;
    const std::uint16_t first = wanted.port_min.value_or(usual_link_port(config_));
    if (!wanted.listens || first == 0) return {};
    auto cookie = config::find_or_make_cookie({.option = {},
                                               .environment = wanted.cookie,
                                               .home = wanted.home,
                                               .data_folder = config_.data_dir});
    Result<void, std::string> opened;
    if (cookie) {
        cookie_ = std::move(cookie->text);
        opened = open_first_free(first, wanted.port_max.value_or(first));
    } else {
        opened = fail(std::move(cookie.error()));
    }
    const bool is_asked_for =
        wanted.port_min || !wanted.host.empty() || !wanted.tls.certfile.empty();
    if (opened || is_asked_for) return opened;
    log::warning(log::general, "command lines of other machines will not find this node: {}",
                 opened.error());
    return {};
}

Result<void, std::string> BrokerNode::open_first_free(std::uint16_t first, std::uint16_t last) {
    const config::Distribution& wanted = config_.distribution;
    const std::string host = wanted.host.empty() ? "127.0.0.1" : wanted.host;
    const ListenerKind kind{
        .http = true, .tls = !wanted.tls.certfile.empty(), .control = false, .link = true};
    Result<void, std::string> opened;
    for (unsigned port = first; port <= last; ++port)
        if (opened = open_listener({host, static_cast<std::uint16_t>(port)}, kind); opened) break;
    return opened;
}

Result<void, std::string> BrokerNode::open_listener(const config::Address& address,
                                                    const ListenerKind& kind) {
    auto socket =
        net::ListeningSocket::open({address.host, address.port}, tcp_options(config_.tcp));
    if (!socket) return fail(std::move(socket.error()));
    unsigned& first = ports_[std::string(kind.port_name())];
    if (first == 0) first = socket->address.port;
    addresses_.push_back(fmt::format("{}{}{}", socket->address.to_text(), words_for(kind),
                                     kind.tls ? " (TLS)" : ""));
    http::ListenerFact fact{.protocol = std::string(kind.protocol()),
                            .address = socket->address.host,
                            .port = socket->address.port,
                            .tls = kind.tls,
                            .certificate_file = {},
                            .authority_file = {}};
    if (kind.tls) {
        const config::TlsOptions& tls = tls_options(config_, kind);
        fact.certificate_file = tls.certfile;
        fact.authority_file = tls.cacertfile;
    }
    listener_facts_.push_back(std::move(fact));
    opened_.push_back({std::move(*socket), kind, address});
    return {};
}

ShardId BrokerNode::listening_shard(const ListenerKind& kind) const {
    return {static_cast<std::uint16_t>(kind.http ? layout_.queue_shards() : 0)};
}

Result<void, std::string> BrokerNode::start_listening() {
    std::vector<std::shared_ptr<const net::StreamProfile>> profiles;
    for (const auto& opened : opened_) {
        auto made = stream_profile(config_, opened.kind);
        if (!made) return fail(std::move(made.error()));
        profiles.push_back(std::move(*made));
    }
    for (std::size_t n = 0; n < opened_.size(); ++n) {
        OpenListener& opened = opened_[n];
        const net::SocketAddress& address = opened.socket.address;
        listeners_.push_back({nullptr,
                              opened.kind,
                              {address.host, static_cast<std::uint16_t>(address.port)},
                              opened.wanted,
                              std::move(profiles[n])});
        listen(listeners_.back(), std::move(opened.socket));
    }
    opened_.clear();
    if (collects_statistics(config_))
        shards_.run_on_each([&](runtime::Shard& shard) {
            if (layout_.is_observer(shard.id())) observer_->start_statistics();
        });
    return {};
}

void BrokerNode::listen(ServingListener& serving, net::ListeningSocket socket) {
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (listening_shard(serving.kind) == shard.id())
            serving.listener =
                std::make_unique<net::Listener>(shard, std::move(socket), serving.profile,
                                                serving.kind.http ? *http_spreader_ : *spreader_);
    });
}

void BrokerNode::stop_listening(ServingListener& serving) {
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (listening_shard(serving.kind) == shard.id()) serving.listener.reset();
    });
}

Result<void, std::string> BrokerNode::accept_clients(bool accepts) {
    for (ServingListener& serving : listeners_) {
        if (serving.kind.http) continue;
        if (!accepts) stop_listening(serving);
        if (!accepts || serving.listener != nullptr) continue;
        auto socket = net::ListeningSocket::open({serving.address.host, serving.address.port},
                                                 tcp_options(config_.tcp));
        if (!socket) return fail(std::move(socket.error()));
        listen(serving, std::move(*socket));
    }
    if (std::exchange(accepts_clients_, accepts) != accepts)
        log::notice(log::general, "listeners of clients are {}",
                    accepts ? "open again" : "closed: no client can connect");
    return {};
}

Result<void, std::string> BrokerNode::set_plugins(const std::vector<std::string>& enabled) {
    std::vector<std::string> before = std::exchange(config_.enabled_plugins, enabled);
    auto done = open_http_listeners();
    if (done) done = config::write_enabled_plugins(config_.enabled_plugins_file, enabled);
    // All of it or nothing: what was opened in vain is closed again.
    if (!done) config_.enabled_plugins = std::move(before);
    close_http_listeners();
    tell_listeners();
    if (!done) return done;
    return write_ports_file(config_.data_dir, ports_);
}

// Those that are wanted no more; their connections stay.
void BrokerNode::close_http_listeners() {
    const auto wanted = http_listeners(config_);
    for (ServingListener& serving : listeners_) {
        if (!serving.kind.http || serving.kind.control || serving.kind.link) continue;
        if (std::ranges::any_of(wanted, [&](const HttpListener& one) {
                return one.tls == serving.kind.tls && one.prometheus == serving.kind.prometheus &&
                       one.address.host == serving.wanted.host &&
                       one.address.port == serving.wanted.port;
            }))
            continue;
        log::info(log::general, "stopped listening on port {} (HTTP)", serving.address.port);
        stop_listening(serving);
        forget(serving.kind, serving.address.port);
    }
    std::erase_if(listeners_, [](const ServingListener& serving) {
        return serving.kind.http && serving.listener == nullptr;
    });
}

void BrokerNode::forget(const ListenerKind& kind, unsigned port) {
    ports_[std::string(kind.port_name())] = 0;
    std::erase_if(listener_facts_,
                  [&](const http::ListenerFact& fact) { return fact.port == port; });
}

// Sockets that do not become listeners.
void BrokerNode::forget_opened() {
    for (const OpenListener& opened : opened_)
        forget(opened.kind, opened.socket.address.port);
    opened_.clear();
}

Result<void, std::string> BrokerNode::open_http_listeners() {
    Result<void, std::string> opened;
    for (const HttpListener& one : http_listeners(config_)) {
        if (std::ranges::any_of(listeners_, [&](const ServingListener& serving) {
                return serving.kind.http && !serving.kind.link && one.tls == serving.kind.tls &&
                       one.prometheus == serving.kind.prometheus &&
                       one.address.host == serving.wanted.host &&
                       one.address.port == serving.wanted.port;
            }))
            continue;
        opened = open_listener(one.address, kind_of(one));
        if (!opened) break;
        log::info(log::general, "started TCP listener on {}", addresses_.back());
    }
    auto listening = start_listening();
    if (!listening) forget_opened();
    return opened ? listening : opened;
}

void BrokerNode::tell_listeners() {
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (layout_.is_observer(shard.id()))
            observer_->set_plugins(listener_facts_, config_.enabled_plugins);
        watchers_.follow_plugins(shard, node_of(shard.id()));
    });
}

Result<void, std::string> BrokerNode::set_maintenance(bool drained) {
    log::notice(log::general, "the node {} maintenance", drained ? "goes into" : "comes back from");
    auto done = accept_clients(!drained);
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (layout_.is_observer(shard.id()))
            observer_->set_in_service(!drained);
        else if (drained)
            rooms_[shard.id().value]->registry.close_all("Node was put into maintenance mode");
    });
    return done;
}

std::map<std::string, unsigned> BrokerNode::ports() const {
    return ports_;
}

std::vector<std::string> BrokerNode::addresses() const {
    return addresses_;
}

Result<void, std::string> BrokerNode::reload(const config::Config& config) {
    std::vector<std::shared_ptr<const net::StreamProfile>> profiles;
    for (const ServingListener& serving : listeners_) {
        auto made = stream_profile(config, serving.kind);
        if (!made) return fail(std::move(made.error()));
        profiles.push_back(std::move(*made));
    }
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (layout_.is_observer(shard.id()))
            observer_->reload(config);
        else
            rooms_[shard.id().value]->unit.reload(config);
        for (std::size_t n = 0; n < listeners_.size(); ++n)
            if (listening_shard(listeners_[n].kind) == shard.id() &&
                listeners_[n].listener != nullptr)
                listeners_[n].listener->replace_profile(profiles[n]);
    });
    for (std::size_t n = 0; n < listeners_.size(); ++n)
        listeners_[n].profile = std::move(profiles[n]);
    return {};
}

}  // namespace warren::app
