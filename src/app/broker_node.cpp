#include "app/broker_node.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <latch>
#include <thread>

#include "app/broker_room.h"
#include "app/config/config_paths.h"
#include "app/http_settings.h"
#include "app/memory_release.h"
#include "app/network_settings.h"
#include "app/vhost_defaults.h"
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

BrokerNode::BrokerNode(config::Config config, DataFolder folder)
    : config_(std::move(config)),
      folder_(std::move(folder)),
      layout_(folder_.shard_count(), true),
      shards_(layout_.all()),
      mail_(shards_.size(), [this](ShardId shard) { shards_.wake(shard); }),
      rooms_(layout_.queue_shards()),
      orders_(shards_[listening_shard({.http = true, .tls = false, .control = false})],
              [] { ::kill(::getpid(), order_signal); }) {}

BrokerNode::~BrokerNode() {
    ENSURE(stopped_);
    // The loops have ended: this thread stands in for each shard's.
    for (std::uint16_t shard = 0; shard < rooms_.size(); ++shard) {
        set_this_shard({shard});
        rooms_[shard].reset();
    }
    set_this_shard({static_cast<std::uint16_t>(rooms_.size())});
    observer_.reset();
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

Result<void, std::string> BrokerNode::start_shards() {
    auto metadata = start_metadata(config_, folder_, storage::system_files(), metadata_lane_);
    if (!metadata) return fail(std::move(metadata.error()));
    metadata_log_ = std::move(metadata->log);
    reporter_ = std::make_unique<ShardReporter>(
        shards_[{static_cast<std::uint16_t>(layout_.queue_shards())}]);
    if (auto opened = watchers_.open(shards_[{0}]); !opened) return opened;
    std::vector<Result<void, std::string>> set_up_shards(shards_.size());
    shards_.start([&](runtime::Shard& shard) {
        set_up_shards[shard.id().value] = layout_.is_observer(shard.id())
                                              ? set_up_observer(shard, metadata->commands)
                                              : set_up(shard, metadata->commands);
    });
    for (auto& shard : set_up_shards) {
        if (shard) continue;
        shards_.stop();
        return fail(std::move(shard.error()));
    }
    connect_shards();
    return {};
}

void BrokerNode::connect_shards() {
    std::vector<net::SocketSpreader::Target> targets;
    std::vector<ShardReporter::Source> sources;
    for (std::uint16_t shard = 0; shard < rooms_.size(); ++shard) {
        targets.push_back({&shards_[{shard}], &rooms_[shard]->registry});
        sources.push_back(
            {&shards_[{shard}], &rooms_[shard]->unit.node(), &rooms_[shard]->unit.sessions()});
    }
    spreader_ = std::make_unique<net::SocketSpreader>(std::move(targets));
    reporter_->set_sources(std::move(sources));
    http_spreader_ = std::make_unique<net::SocketSpreader>(std::vector{net::SocketSpreader::Target{
        &shards_[listening_shard({.http = true, .tls = false, .control = false})],
        &observer_->registry()}});
}

namespace {

// Made and tried on the main thread before.
void replay(const std::vector<std::string>& metadata, cluster::ShardNode& node) {
    for (const std::string& encoded : metadata) {
        const auto command = cluster::decode_metadata_command(as_bytes(encoded));
        ENSURE(command.has_value() && node.bootstrap(*command).has_value());
    }
}

}  // namespace

Result<void, std::string> BrokerNode::set_up(runtime::Shard& shard,
                                             const std::vector<std::string>& metadata) {
    auto& room = rooms_[shard.id().value];
    room = std::make_unique<ShardRoom>(shard, mail_, layout_, config_);
    cluster::ShardNode& node = room->unit.node();
    if (auto opened = room->storage.open(storage::system_files(), folder_.shard_path(shard.id()),
                                         config_.storage, node);
        !opened)
        return opened;
    replay(metadata, node);
    if (shard.id().value == 0) {
        metadata_lane_.attach(shard);
        node.keep_metadata_in(*metadata_log_);
        node.give_new_vhosts(defaults_of_vhosts());
    }
    node.end_bootstrap();
    watchers_.attach(shard, node);
    return {};
}

// May be asked on any shard: the configuration stays as it is.
cluster::VhostDefaults BrokerNode::defaults_of_vhosts() const {
    return [this](const broker::CreateVhost& vhost) { return vhost_defaults(config_, vhost); };
}

Result<void, std::string> BrokerNode::set_up_observer(runtime::Shard& shard,
                                                      const std::vector<std::string>& metadata) {
    http::NodeFacts facts = node_facts(config_);
    facts.vhost_defaults = defaults_of_vhosts();
    facts.listeners = listener_facts_;
    observer_ = std::make_unique<ObserverUnit>(
        shard, mail_, layout_, config_, *reporter_, orders_, std::move(facts),
        api_settings(config_), LinkSettings{.cookie = cookie_, .node_name = config_.node_name},
        [this] {
            auto gauges = node_gauges(config_);
            gauges.connections = observer_->registry().size();
            return gauges;
        });
    replay(metadata, observer_->node());
    observer_->node().end_bootstrap();
    watchers_.attach(shard, observer_->node());
    return {};
}

cluster::ShardNode& BrokerNode::node_of(ShardId shard) {
    return layout_.is_observer(shard) ? observer_->node() : rooms_[shard.value]->unit.node();
}

void BrokerNode::on_each_room(const std::function<void(ShardRoom&)>& function) {
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (!layout_.is_observer(shard.id())) function(*rooms_[shard.id().value]);
    });
}

void BrokerNode::set_alarm(const std::string& reason, const http::Alarms& alarms) {
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (layout_.is_observer(shard.id()))
            observer_->set_alarms(alarms);
        else
            rooms_[shard.id().value]->unit.set_alarm(reason);
        if (shard.id().value == 0) watchers_.tell_alarms(rooms_[0]->unit.node(), alarms);
    });
}

void BrokerNode::show_limits(const http::ResourceLimits& limits) {
    if (std::exchange(shown_limits_, limits) == limits) return;
    shards_.run_on_each([&](runtime::Shard& shard) {
        if (layout_.is_observer(shard.id())) observer_->set_limits(limits);
    });
}

storage::EngineState BrokerNode::storage_state() {
    auto worst = storage::EngineState::healthy;
    on_each_room([&](ShardRoom& room) {
        if (const auto* engine = room.unit.node().storage())
            worst = std::max(worst, engine->state());
        if (room.unit.shard().id().value == 0 && !metadata_log_->failure().empty())
            worst = storage::EngineState::failed;
    });
    return worst;
}

void BrokerNode::page_out() {
    on_each_room([](ShardRoom& room) {
        room.unit.node().page_out();
        room.unit.shard().request_turn();
    });
}

void BrokerNode::release_memory() {
    shards_.run_on_each([](runtime::Shard&) { release_unused_memory(); });
}

void BrokerNode::stop() {
    if (std::exchange(stopped_, true)) return;
    shards_.run_on_each([this](runtime::Shard& shard) {
        for (ServingListener& serving : listeners_)
            if (listening_shard(serving.kind) == shard.id()) serving.listener.reset();
    });
    listeners_.clear();
    std::remove((config_.data_dir + "/" + config::control_socket_name).c_str());
    std::latch empty(static_cast<std::ptrdiff_t>(shards_.size()));
    shards_.run_on_each([&](runtime::Shard& shard) {
        net::ConnectionRegistry& registry = layout_.is_observer(shard.id())
                                                ? observer_->registry()
                                                : rooms_[shard.id().value]->registry;
        registry.shut_down("broker forced connection closure with reason 'shutdown'",
                           goodbye_ms_max, [&empty] { empty.count_down(); });
    });
    empty.wait();
    stop_storage();
    shards_.stop();
    watchers_.stop();
}

void BrokerNode::stop_storage() {
    std::latch written(static_cast<std::ptrdiff_t>(rooms_.size()) + 1);
    on_each_room([&](ShardRoom& room) {
        cluster::ShardNode& node = room.unit.node();
        node.stop_storage([&] { written.count_down(); });
        if (room.unit.shard().id().value == 0)
            node.stop_keeping_metadata([&] { written.count_down(); });
    });
    written.wait();
    metadata_lane_.stop();
    for (auto& room : rooms_)
        room->storage.stop_lanes();
}

}  // namespace warren::app
