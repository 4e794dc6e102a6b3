#include "app/broker_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <thread>

#include "app/bootstrap.h"
#include "app/memory_release.h"
#include "app/network_settings.h"
#include "base/ensure.h"
#include "base/log.h"

namespace warren::app {

namespace {

// Clients get this long to answer connection.close when the node stops.
constexpr std::int64_t goodbye_ms_max = 3000;

std::size_t shard_count_of(const config::Config& config) {
    if (config.shards != 0) return config.shards;
    return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

struct BrokerNode::ShardRoom {
    ShardRoom(runtime::Shard& shard, ShardMail& mail, const config::Config& config)
        : unit(shard, mail, config), factory(unit, config.auth), registry(shard, factory) {
        unit.add_first_hooks();
        shard.add_hook(registry);
        unit.add_last_hooks();
    }

    ShardUnit unit;
    AmqpSessionFactory factory;
    net::ConnectionRegistry registry;
};

BrokerNode::BrokerNode(config::Config config)
    : config_(std::move(config)),
      shards_(shard_count_of(config_)),
      mail_(shards_.size(), [this](ShardId shard) { shards_.wake(shard); }),
      rooms_(shards_.size()) {}

BrokerNode::~BrokerNode() {
    ENSURE(stopped_);
    // The loops have ended: this thread stands in for each shard's.
    for (std::uint16_t shard = 0; shard < rooms_.size(); ++shard) {
        set_this_shard({shard});
        rooms_[shard].reset();
    }
    set_this_shard({0});
}

Result<std::unique_ptr<BrokerNode>, std::string> BrokerNode::start(const config::Config& config) {
    std::unique_ptr<BrokerNode> node(new BrokerNode(config));
    node->stopped_ = true;  // until there is something to stop
    if (auto opened = node->open_listeners(); !opened) return fail(std::move(opened.error()));
    auto metadata = initial_metadata_of(node->config_, node->shards_.size());
    if (!metadata) return fail(std::move(metadata.error()));
    node->start_shards(*metadata);
    node->stopped_ = false;
    if (auto listening = node->start_listening(); !listening) {
        node->stop();
        return fail(std::move(listening.error()));
    }
    return node;
}

Result<void, std::string> BrokerNode::open_listeners() {
    ports_ = {{"amqp", 0}, {"amqps", 0}};
    const auto open = [this](const std::vector<config::Address>& wanted,
                             bool tls) -> Result<void, std::string> {
        for (const auto& address : wanted) {
            auto socket =
                net::ListeningSocket::open({address.host, address.port}, tcp_options(config_.tcp));
            if (!socket) return fail(std::move(socket.error()));
            unsigned& first = ports_[tls ? "amqps" : "amqp"];
            if (first == 0) first = socket->address.port;
            addresses_.push_back(socket->address.to_text() + (tls ? " (TLS)" : ""));
            opened_.push_back({std::move(*socket), tls});
        }
        return {};
    };
    if (auto opened = open(config_.listeners.tcp, false); !opened) return opened;
    return open(config_.listeners.tls, true);
}

void BrokerNode::start_shards(const std::vector<cluster::MetadataCommand>& metadata) {
    shards_.start([&](runtime::Shard& shard) {
        auto room = std::make_unique<ShardRoom>(shard, mail_, config_);
        for (const auto& command : metadata) {
            const auto applied = room->unit.node().bootstrap(command);
            ENSURE(applied.has_value());  // tried on the main thread before
        }
        rooms_[shard.id().value] = std::move(room);
    });
    std::vector<net::SocketSpreader::Target> targets;
    for (std::uint16_t shard = 0; shard < rooms_.size(); ++shard)
        targets.push_back({&shards_[{shard}], &rooms_[shard]->registry});
    spreader_ = std::make_unique<net::SocketSpreader>(std::move(targets));
}

Result<void, std::string> BrokerNode::start_listening() {
    std::vector<std::shared_ptr<const net::StreamProfile>> profiles;
    for (const auto& opened : opened_) {
        auto made = stream_profile(config_, opened.tls);
        if (!made) return fail(std::move(made.error()));
        profiles.push_back(std::move(*made));
        listener_is_tls_.push_back(opened.tls);
    }
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (shard.id().value != 0) return;
        for (std::size_t n = 0; n < opened_.size(); ++n)
            listeners_.push_back(std::make_unique<net::Listener>(
                shard, std::move(opened_[n].socket), profiles[n], *spreader_));
    });
    opened_.clear();
    return {};
}

std::map<std::string, unsigned> BrokerNode::ports() const {
    return ports_;
}

std::vector<std::string> BrokerNode::addresses() const {
    return addresses_;
}

void BrokerNode::set_alarm(const std::string& reason) {
    shards_.run_on_each(
        [&](runtime::Shard& shard) { rooms_[shard.id().value]->unit.set_alarm(reason); });
}

storage::EngineState BrokerNode::storage_state() {
    return storage::EngineState::healthy;
}

void BrokerNode::release_memory() {
    shards_.run_on_each([](runtime::Shard&) { release_unused_memory(true); });
}

Result<void, std::string> BrokerNode::reload(const config::Config& config) {
    std::vector<std::shared_ptr<const net::StreamProfile>> profiles;
    for (const bool tls : listener_is_tls_) {
        auto made = stream_profile(config, tls);
        if (!made) return fail(std::move(made.error()));
        profiles.push_back(std::move(*made));
    }
    shards_.run_on_each([&](runtime::Shard& shard) {
        rooms_[shard.id().value]->unit.reload(config);
        if (shard.id().value != 0) return;
        for (std::size_t n = 0; n < listeners_.size(); ++n)
            listeners_[n]->replace_profile(profiles[n]);
    });
    return {};
}

void BrokerNode::stop() {
    if (std::exchange(stopped_, true)) return;
    shards_.run_on_each([this](runtime::Shard& shard) {
        if (shard.id().value == 0) listeners_.clear();
    });
    std::latch empty(static_cast<std::ptrdiff_t>(rooms_.size()));
    shards_.run_on_each([&](runtime::Shard& shard) {
        rooms_[shard.id().value]->registry.shut_down(
            "broker forced connection closure with reason 'shutdown'", goodbye_ms_max,
            [&empty] { empty.count_down(); });
    });
    empty.wait();
    shards_.stop();
}

}  // namespace warren::app
