#pragma once
// What every session of a shard shares. Lives as long as the shard; changed by a reload of the
// configuration only.
#include <cstdint>
#include <string>

#include "auth/access_control.h"
#include "auth/login_sources.h"
#include "auth/peer.h"
#include "auth/sasl/registry.h"
#include "broker/queue/queue_type.h"
#include "broker/shard_services.h"
#include "session/exchange_traffic.h"
#include "session/session_traffic.h"
#include "session/vhost_traffic.h"

namespace warren::session {

// The part of the configuration that sessions obey; equal on all shards, replaced as a whole by a
// reload.
struct NodeSettings {
    std::uint16_t heartbeat_s = 60;
    std::uint32_t frame_bytes_max = 131'072;  // 0: no limit is announced
    std::uint16_t channel_max = 2047;         // 0: no limit is announced
    std::uint64_t message_bytes_max = 16u << 20;
    std::uint64_t consumer_timeout_ms = 1'800'000;
    // Of virtual hosts that have none of their own.
    broker::QueueType default_queue_type = broker::QueueType::classic;
    // A quorum queue may be declared again as a classic one.
    bool relaxed_queue_equivalence = false;
    std::int64_t handshake_timeout_ms = 10'000;  // from the first byte to connection.open-ok
    std::string product_version;                 // as told to clients; some check it
    std::string node_name;
    std::string cluster_name;
};

struct SessionContext {
    broker::ShardServices& shard;
    const auth::AccessControl& access;
    const auth::SaslRegistry& sasl;
    SessionTraffic& traffic;
    ExchangeTable& exchanges;
    VhostTraffic& vhosts;
    auth::LoginSources& logins;
    NodeSettings settings;
    std::string blocked_reason;  // not empty while a resource alarm is on
};

}  // namespace warren::session
