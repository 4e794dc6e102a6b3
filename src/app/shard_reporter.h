#pragma once
// Brings questions of the observer to the shards, and their answers back. A shard answers a piece a
// turn, so that a question about a hundred thousand queues holds no message up.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/shard_node.h"
#include "http/http_traffic.h"
#include "http/shard_reports.h"
#include "runtime/shard.h"
#include "session/session_table.h"

namespace warren::app {

class ShardReporter final : public http::ShardReports {
public:
    struct Source {
        runtime::Shard* shard;
        // Live on that shard, and until its loop has ended.
        const cluster::ShardNode* node;
        session::SessionTable* sessions;
    };

    explicit ShardReporter(runtime::Shard& observer) : observer_(observer) {}

    // What it has done itself belongs to the totals. Of the observer's shard, and outlives it.
    void count_also(const http::HttpTraffic& over_http, auth::LoginSources& logins) {
        over_http_ = &over_http;
        http_logins_ = &logins;
    }
    // Before the first question.
    void set_sources(std::vector<Source> sources) {
        sources_ = std::move(sources);
        known_sums_.resize(sources_.size());
    }

    void survey_queues(std::vector<broker::QueueAddress> queues,
                       Then<http::QueueReports> then) override;
    void survey_all_queues(Then<http::QueueReports> then) override;
    void survey_totals(Then<std::vector<http::ShardTotals>> then) override;
    // shard_reporter_sessions.cpp
    void survey_connections(Then<std::vector<session::ConnectionReport>> then) override;
    void survey_connections_of(std::vector<ConnectionId> connections,
                               Then<std::vector<session::ConnectionReport>> then) override;
    void survey_channels(session::Details details,
                         Then<std::vector<session::ChannelReport>> then) override;
    void survey_channels_of(std::vector<ConnectionId> connections, session::Details details,
                            Then<std::vector<session::ChannelReport>> then) override;
    void close_connections(std::vector<ConnectionId> connections, std::string reason,
                           Then<std::size_t> then) override;
    // shard_reporter_logins.cpp
    void survey_logins(Then<auth::LoginsBySource> then) override;
    void change_logins(ChangeLogins change, std::move_only_function<void()> then) override;
    // shard_reporter_consumers.cpp
    void survey_consumers(std::vector<broker::QueueAddress> queues,
                          Then<std::vector<http::ConsumerReport>> then) override;
    void survey_all_consumers(Then<std::vector<http::ConsumerReport>> then) override;

    // traffic_survey.cpp
    void survey_sessions(session::Details details, ShowSessions show,
                         Then<http::SessionSums> then) override;
    void survey_exchanges(session::Details details, Then<http::ExchangeReports> then) override;

    // sum_survey.cpp
    void survey_sums(Then<http::NodeSums> then) override;
    void survey_changes(Instant since, ShowQueues show, Then<http::NodeSums> then) override;

private:
    struct SumGathering;
    class SumSurvey;
    void gather_sums(Instant changed_since, const std::shared_ptr<SumGathering>& gathering);
    // What a shard said last, good while its queues have not worked since.
    struct KnownSums {
        std::uint64_t activity = UINT64_MAX;
        // When it was last asked for the queues that had worked.
        std::uint64_t shown_activity = UINT64_MAX;
        std::uint64_t gone_vhosts = 0;  // when they were added up
        broker::QueueSums sums;
    };

    runtime::Shard& observer_;
    const http::HttpTraffic* over_http_ = nullptr;
    auth::LoginSources* http_logins_ = nullptr;
    std::vector<Source> sources_;
    std::vector<KnownSums> known_sums_;  // by shard
};

}  // namespace warren::app
