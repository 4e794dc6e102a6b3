#pragma once
// A running node: its shards, their connections and the listeners. Belongs to the main thread,
// which makes it, tells it what signals ask for, and stops it; everything else happens on the
// shards.
#include <signal.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/amqp_session.h"
#include "app/config/config.h"
#include "app/data_folder.h"
#include "app/metadata_start.h"
#include "app/network_settings.h"
#include "app/node_orders.h"
#include "app/observer_unit.h"
#include "app/shard_unit.h"
#include "app/storage_lanes.h"
#include "app/watchers.h"
#include "base/result.h"
#include "net/connection_registry.h"
#include "net/listener.h"
#include "runtime/shard_group.h"
#include "storage/log_engine.h"

namespace warren::app {

class BrokerNode {
public:
    // Opens the data folder and the listening sockets and starts the shards; connections are served
    // once this returns. The error says what to mend.
    static Result<std::unique_ptr<BrokerNode>, std::string> start(const config::Config& config);
    // stop() must have been called.
    ~BrokerNode();

    // "amqp", "amqps", "http" and "https": the first port of each kind as really used, 0 if there
    // is none.
    std::map<std::string, unsigned> ports() const;
    // Addresses in words, for the log.
    std::vector<std::string> addresses() const;

    // Publishers of all shards are held back while `reason` is not empty. `alarms` says what it is.
    void set_alarm(const std::string& reason, const http::Alarms& alarms);
    // For those who look at the node.
    void show_limits(const http::ResourceLimits& limits);
    // The worst state of the shards' log engines, as they are now.
    storage::EngineState storage_state();
    // Memory is short: queues write what waits in them to disk.
    void page_out();
    // All shards give back what they do not use.
    void release_memory();
    // For what is read anew on SIGHUP: certificates, and settings for connections to come.
    Result<void, std::string> reload(const config::Config& config);
    // Orders by the control socket, to be carried out by whoever has the node. The system signal
    // `order_signal` tells that there are some.
    static constexpr int order_signal = SIGUSR1;
    NodeOrders& orders() { return orders_; }
    // Listeners of clients are closed, or opened again where they were.
    Result<void, std::string> accept_clients(bool accepts);
    // Writes the file of enabled plugins, and listens where they say from now on.
    Result<void, std::string> set_plugins(const std::vector<std::string>& enabled);
    // Into maintenance, or back: listeners of clients are closed, and clients sent away (320).
    Result<void, std::string> set_maintenance(bool drained);
    // Closes the listeners, tells the clients (320), waits a few seconds for them, and ends the
    // shards.
    void stop();

private:
    struct ShardRoom;  // what lives on one shard
    struct OpenListener {
        net::ListeningSocket socket;
        ListenerKind kind;
        config::Address wanted;
    };

    BrokerNode(config::Config config, DataFolder folder);
    Result<void, std::string> open_listeners();
    Result<void, std::string> open_control_socket();
    Result<void, std::string> open_link_listener();
    Result<void, std::string> open_first_free(std::uint16_t first, std::uint16_t last);
    Result<void, std::string> open_listener(const config::Address& address,
                                            const ListenerKind& kind);
    Result<void, std::string> start_shards();
    cluster::ShardNode& node_of(ShardId shard);
    // On each shard that holds queues, one after the other.
    void on_each_room(const std::function<void(ShardRoom&)>& function);
    Result<void, std::string> set_up(runtime::Shard& shard,
                                     const std::vector<std::string>& metadata);
    cluster::VhostDefaults defaults_of_vhosts() const;
    Result<void, std::string> set_up_observer(runtime::Shard& shard,
                                              const std::vector<std::string>& metadata);
    void connect_shards();
    struct ServingListener;
    void listen(ServingListener& serving, net::ListeningSocket socket);
    void stop_listening(ServingListener& serving);
    Result<void, std::string> open_http_listeners();
    void close_http_listeners();
    void forget(const ListenerKind& kind, unsigned port);
    void forget_opened();
    void tell_listeners();
    ShardId listening_shard(const ListenerKind& kind) const;
    Result<void, std::string> start_listening();
    void stop_storage();

    config::Config config_;
    DataFolder folder_;
    std::vector<OpenListener> opened_;
    std::map<std::string, unsigned> ports_;
    std::vector<http::ListenerFact> listener_facts_;
    std::vector<std::string> addresses_;
    std::string cookie_;  // Erlang's; empty: command lines of other machines are not let in

    const cluster::ShardLayout layout_;
    runtime::ShardGroup shards_;
    StorageLane metadata_lane_{"warren-metadata"};
    std::unique_ptr<cluster::MetadataLog> metadata_log_;  // on shard 0, whose node uses it
    ShardMail mail_;
    Watchers watchers_{config_};
    std::vector<std::unique_ptr<ShardRoom>> rooms_;  // by shard
    // If there is an observer.
    std::unique_ptr<ShardReporter> reporter_;
    std::unique_ptr<ObserverUnit> observer_;
    std::unique_ptr<net::SocketSpreader> spreader_;
    std::unique_ptr<net::SocketSpreader> http_spreader_;
    struct ServingListener {
        std::unique_ptr<net::Listener> listener;  // on its listening_shard(); null while closed
        ListenerKind kind;
        config::Address address;  // as it is really used
        config::Address wanted;   // as it was asked for
        std::shared_ptr<const net::StreamProfile> profile;
    };
    std::vector<ServingListener> listeners_;
    NodeOrders orders_;
    http::ResourceLimits shown_limits_;
    bool accepts_clients_ = true;
    bool stopped_ = false;
};

}  // namespace warren::app
