#pragma once
// For tests: shards that have nothing to tell, and answer at once.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "http/shard_reports.h"

namespace warren::http {

class QuietReports : public ShardReports {
public:
    void survey_queues(std::vector<broker::QueueAddress>, Then<QueueReports> then) override {
        then({});
    }
    void survey_all_queues(Then<QueueReports> then) override { then({}); }
    void survey_totals(Then<std::vector<ShardTotals>> then) override { then({}); }
    void survey_sums(Then<NodeSums> then) override { then({}); }
    void survey_changes(Instant, ShowQueues, Then<NodeSums> then) override { then({}); }
    void survey_connections(Then<std::vector<session::ConnectionReport>> then) override {
        then({});
    }
    void survey_connections_of(std::vector<ConnectionId>,
                               Then<std::vector<session::ConnectionReport>> then) override {
        then({});
    }
    void survey_channels(session::Details,
                         Then<std::vector<session::ChannelReport>> then) override {
        then({});
    }
    void survey_sessions(session::Details, ShowSessions, Then<SessionSums> then) override {
        then({});
    }
    void survey_exchanges(session::Details, Then<ExchangeReports> then) override { then({}); }
    void survey_channels_of(std::vector<ConnectionId>, session::Details,
                            Then<std::vector<session::ChannelReport>> then) override {
        then({});
    }
    void survey_consumers(std::vector<broker::QueueAddress>,
                          Then<std::vector<ConsumerReport>> then) override {
        then({});
    }
    void survey_all_consumers(Then<std::vector<ConsumerReport>> then) override { then({}); }
    void survey_logins(Then<auth::LoginsBySource> then) override { then({}); }
    void change_logins(ChangeLogins, std::move_only_function<void()> then) override { then(); }
    void close_connections(std::vector<ConnectionId>, std::string,
                           Then<std::size_t> then) override {
        then(0);
    }

protected:
    ~QuietReports() = default;
};

}  // namespace warren::http
