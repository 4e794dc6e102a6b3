#pragma once
// What only the shards with queues know, asked for when somebody wants to see it. Answers come on
// the observer's shard, after the asking call has returned.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/login_sources.h"
#include "base/ids.h"
#include "broker/queue/queue_stats.h"
#include "broker/queue/queue_sums.h"
#include "broker/shard_services.h"
#include "cluster/queue_counts.h"
#include "session/session_reports.h"
#include "session/session_traffic.h"
#include "storage/log_engine.h"

namespace warren::http {

// By queue; one that has been deleted meanwhile is not in it.
using QueueReports = std::unordered_map<QueueId, broker::QueueStats>;

// What the queues of a shard hold now, together; those at rest hold nothing.
struct QueueGauges {
    std::uint64_t ready = 0;
    std::uint64_t unacked = 0;
    std::uint64_t ready_bytes = 0;  // of bodies
    std::uint64_t unacked_bytes = 0;
    std::uint64_t persistent = 0;
    std::uint64_t persistent_bytes = 0;
    std::uint64_t paged = 0;
    std::uint64_t paged_bytes = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t consumers = 0;

    void add(const broker::QueueStats& queue);
};

// A shard at one moment, but for `held`, which is gathered a piece a turn. What only rises has
// risen since the node started, with what was done by channels and connections that are closed and
// in queues that are deleted.
struct ShardTotals {
    ShardId shard;
    session::SessionTraffic traffic;
    cluster::QueueCounts queues;
    storage::EngineStats log;  // since the start too, where it only rises
    QueueGauges held;
};

// A consumer, with the connection that it is of.
struct ConsumerReport {
    QueueId queue;
    broker::ConsumerSpec spec;
    bool active = false;
    std::uint32_t unacked = 0;
    session::ConnectionFactsRef connection;
};

struct NodeSums {
    broker::QueueSums queues;
};

using ChangedQueues = std::vector<std::pair<QueueId, broker::QueueStats>>;

// Some connections and their channels.
struct SessionPiece {
    std::vector<session::ConnectionReport> connections;
    std::vector<session::ChannelReport> channels;
};

// All connections and channels, added up.
struct SessionSums {
    // Those that are closed are in it.
    std::map<std::string, session::SocketTraffic, std::less<>> by_vhost;
    std::uint64_t unsent_bytes = 0;
    std::uint64_t publishers = 0;  // channels that have published
    std::uint64_t unconfirmed = 0;
    std::uint64_t uncommitted_messages = 0;
    std::uint64_t uncommitted_settlements = 0;
    std::uint64_t consumer_prefetch = 0;
    std::uint64_t shared_prefetch = 0;

    session::SocketTraffic socket() const;
    void add(const session::ConnectionReport& connection);
    void add(const session::ChannelReport& channel);
    SessionSums& operator+=(const SessionSums& more);
};

// What was published through exchanges; some of them may have gone.
struct ExchangeReport {
    session::PublishCounters counters;
    // Handed to each queue; if it was asked for.
    std::unordered_map<QueueId, std::uint64_t> copies;
};
struct ExchangeReports {
    std::unordered_map<broker::ExchangeId, ExchangeReport> by_exchange;
    // With what went through exchanges that are gone; by session::number_of() the vhost.
    std::unordered_map<broker::ExchangeId, session::PublishCounters> by_vhost;

    // Null: nothing was published to it.
    const ExchangeReport* find(broker::ExchangeId exchange) const {
        const auto found = by_exchange.find(exchange);
        return found == by_exchange.end() ? nullptr : &found->second;
    }
    ExchangeReports& operator+=(const ExchangeReports& more);
};

class ShardReports {
public:
    template <typename Answer>
    using Then = std::move_only_function<void(Answer)>;

    virtual void survey_queues(std::vector<broker::QueueAddress> queues,
                               Then<QueueReports> then) = 0;
    // All queues that have anything.
    virtual void survey_all_queues(Then<QueueReports> then) = 0;
    // Of all shards that hold queues, in their order; last of the observer's own, which has none:
    // what came over HTTP.
    virtual void survey_totals(Then<std::vector<ShardTotals>> then) = 0;
    // All queues, added up where they are. Costs next to nothing while nothing happens.
    virtual void survey_sums(Then<NodeSums> then) = 0;
    // The same, and before it all queues that have worked since the given moment, some at a time.
    // One such question at a time: each counts from the one before.
    using ShowQueues = std::function<void(const ChangedQueues&)>;
    virtual void survey_changes(Instant since, ShowQueues show, Then<NodeSums> then) = 0;

    // All that are open for their clients; in no order.
    virtual void survey_connections(Then<std::vector<session::ConnectionReport>> then) = 0;
    // Of these, those that are still open.
    virtual void survey_connections_of(std::vector<ConnectionId> connections,
                                       Then<std::vector<session::ConnectionReport>> then) = 0;
    // All that are open; in no order.
    virtual void survey_channels(session::Details details,
                                 Then<std::vector<session::ChannelReport>> then) = 0;
    virtual void survey_channels_of(std::vector<ConnectionId> connections, session::Details details,
                                    Then<std::vector<session::ChannelReport>> then) = 0;
    // All connections and channels are shown, some at a time, and added up.
    using ShowSessions = std::function<void(const SessionPiece&)>;
    virtual void survey_sessions(session::Details details, ShowSessions show,
                                 Then<SessionSums> then) = 0;
    virtual void survey_exchanges(session::Details details, Then<ExchangeReports> then) = 0;
    // Queue by queue, the consumers of each in the order of their ids.
    virtual void survey_consumers(std::vector<broker::QueueAddress> queues,
                                  Then<std::vector<ConsumerReport>> then) = 0;
    virtual void survey_all_consumers(Then<std::vector<ConsumerReport>> then) = 0;

    // Who has logged in over any protocol or tried to, while that was counted.
    virtual void survey_logins(Then<auth::LoginsBySource> then) = 0;
    // Each shard does this to what it counts, and the observer to what came over HTTP.
    using ChangeLogins = std::function<void(auth::LoginSources& sources)>;
    virtual void change_logins(ChangeLogins change, std::move_only_function<void()> then) = 0;

    // Each is told to go: 320 CONNECTION_FORCED with this reason. Goes on when all have been, with
    // how many there still were.
    virtual void close_connections(std::vector<ConnectionId> connections, std::string reason,
                                   Then<std::size_t> then) = 0;

protected:
    ~ShardReports() = default;
};

}  // namespace warren::http
