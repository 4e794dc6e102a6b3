#include "app/broker_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <thread>

#include "app/memory_release.h"
#include "app/network_settings.h"
#include "app/shard_storage.h"
#include "base/ensure.h"
#include "base/log.h"
#include "cluster/metadata_codec.h"

namespace warren::app {

namespace {

// Clients get this long to answer connection.close when the node stops.
constexpr std::int64_t goodbye_ms_max = 3000;
// A server that was here before gets this long to be gone.
constexpr std::int64_t lock_patience_ms = 2000;

}  // namespace

struct BrokerNode::ShardRoom {
    ShardRoom(runtime::Shard& shard, ShardMail& mail, const config::Config& config)
        : storage(shard),
          unit(shard, mail, config, storage.store_lane()),
          factory(unit, config.auth),
          registry(shard, factory) {
        unit.add_first_hooks();
        shard.add_hook(registry);
        unit.add_last_hooks();
    }

    ShardStorage storage;
    ShardUnit unit;
    AmqpSessionFactory factory;
    net::ConnectionRegistry registry;
};

BrokerNode::BrokerNode(config::Config config, DataFolder folder)
    : config_(std::move(config)),
      folder_(std::move(folder)),
      shards_(folder_.shard_count()),
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
    auto folder = DataFolder::open(storage::system_files(), config.data_dir,
                                   {.node_name = config.node_name,
                                    .shards = config.shards,
                                    .processors = std::max(1u, std::thread::hardware_concurrency()),
                                    .patience_ms = lock_patience_ms});
    if (!folder) return fail(std::move(folder.error()));
    for (const auto& note : folder->notes())
        log::notice(log::general, "{}", note);
    std::unique_ptr<BrokerNode> node(new BrokerNode(config, std::move(*folder)));
    node->stopped_ = true;  // until there is something to stop
    if (auto opened = node->open_listeners(); !opened) return fail(std::move(opened.error()));
    if (auto started = node->start_shards(); !started) return fail(std::move(started.error()));
    node->stopped_ = false;
    // To read a million queues takes more than to have them.
    release_unused_memory();
    node->release_memory();
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

Result<void, std::string> BrokerNode::start_shards() {
    auto metadata = start_metadata(config_, folder_, storage::system_files(), metadata_lane_);
    if (!metadata) return fail(std::move(metadata.error()));
    metadata_log_ = std::move(metadata->log);
    std::vector<Result<void, std::string>> set_up_shards(shards_.size());
    shards_.start([&](runtime::Shard& shard) {
        set_up_shards[shard.id().value] = set_up(shard, metadata->commands);
    });
    for (auto& shard : set_up_shards) {
        if (shard) continue;
        shards_.stop();
        return fail(std::move(shard.error()));
    }
    std::vector<net::SocketSpreader::Target> targets;
    for (std::uint16_t shard = 0; shard < rooms_.size(); ++shard)
        targets.push_back({&shards_[{shard}], &rooms_[shard]->registry});
    spreader_ = std::make_unique<net::SocketSpreader>(std::move(targets));
    return {};
}

Result<void, std::string> BrokerNode::set_up(runtime::Shard& shard,
                                             const std::vector<std::string>& metadata) {
    auto& room = rooms_[shard.id().value];
    room = std::make_unique<ShardRoom>(shard, mail_, config_);
    cluster::ShardNode& node = room->unit.node();
    if (auto opened = room->storage.open(storage::system_files(), folder_.shard_path(shard.id()),
                                         config_.storage, node);
        !opened)
        return opened;
    for (const std::string& encoded : metadata) {
        const auto command = cluster::decode_metadata_command(as_bytes(encoded));
        // Made and tried on the main thread before.
        ENSURE(command.has_value() && node.bootstrap(*command).has_value());
    }
    if (shard.id().value == 0) {
        metadata_lane_.attach(shard);
        node.keep_metadata_in(*metadata_log_);
    }
    node.end_bootstrap();
    return {};
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
    auto worst = storage::EngineState::healthy;
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (const auto* engine = rooms_[shard.id().value]->unit.node().storage())
            worst = std::max(worst, engine->state());
        if (shard.id().value == 0 && !metadata_log_->failure().empty())
            worst = storage::EngineState::failed;
    });
    return worst;
}

void BrokerNode::page_out() {
    shards_.run_on_each([this](runtime::Shard& shard) {
        rooms_[shard.id().value]->unit.node().page_out();
        shard.request_turn();
    });
}

void BrokerNode::release_memory() {
    shards_.run_on_each([](runtime::Shard&) { release_unused_memory(); });
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
    stop_storage();
    shards_.stop();
}

void BrokerNode::stop_storage() {
    std::latch written(static_cast<std::ptrdiff_t>(rooms_.size()) + 1);
    shards_.run_on_each([&](runtime::Shard& shard) {
        cluster::ShardNode& node = rooms_[shard.id().value]->unit.node();
        node.stop_storage([&] { written.count_down(); });
        if (shard.id().value == 0) node.stop_keeping_metadata([&] { written.count_down(); });
    });
    written.wait();
    metadata_lane_.stop();
    for (auto& room : rooms_)
        room->storage.stop_lanes();
}

}  // namespace warren::app
