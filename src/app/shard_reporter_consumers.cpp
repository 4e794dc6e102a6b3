// Questions about consumers: their queues know them, and their connections who they are.
#include <algorithm>
#include <memory>
#include <utility>

#include "app/shard_reporter.h"
#include "app/shard_survey.h"

namespace warren::app {

namespace {

using Reports = std::vector<http::ConsumerReport>;

constexpr std::size_t looks_per_turn = 512;

class ConsumerSurvey final : public ShardSurvey {
public:
    using Sum = Gathering<Reports>;

    ConsumerSurvey(const cluster::ShardNode& node, std::shared_ptr<Sum> sum)
        : node_(node), sum_(std::move(sum)) {}

    // Without it, those of all queues.
    void choose(QueueId queue) {
        all_ = false;
        queues_.push_back(queue);
    }

private:
    bool look_at_some() override {
        if (std::exchange(all_, false)) queues_ = node_.awake_queues();
        for (std::size_t looks = 0; looks < looks_per_turn && !queues_.empty(); ++looks) {
            const auto* queue = node_.queues().find(queues_.back());
            if (queue != nullptr && !look_at(*queue, looks)) return true;
            queues_.pop_back();
            seen_ = {};
        }
        return !queues_.empty();
    }
    // False: there are others, for the next turn.
    bool look_at(const broker::QueueMachine& queue, std::size_t& looks) {
        bool all_seen = true;
        queue.visit_consumers(seen_, [&](const broker::ConsumerStats& consumer) {
            all_seen = ++looks < looks_per_turn;
            if (!all_seen) return false;
            seen_ = consumer.spec.id;
            reports_.push_back({.queue = queue.id(),
                                .spec = consumer.spec,
                                .active = consumer.active,
                                .unacked = consumer.unacked,
                                .connection = nullptr});
            return true;
        });
        return all_seen;
    }
    void hand_over() override {
        auto& answer = sum_->answer;
        answer.insert(answer.end(), std::make_move_iterator(reports_.begin()),
                      std::make_move_iterator(reports_.end()));
        sum_->shard_done();
    }

    const cluster::ShardNode& node_;
    std::shared_ptr<Sum> sum_;
    bool all_ = true;
    std::vector<QueueId> queues_;  // to be looked at, from the back
    broker::ConsumerId seen_;      // of the queue at the back
    Reports reports_;
};

std::vector<ConnectionId> connections_of(const Reports& consumers) {
    std::vector<ConnectionId> connections;
    for (const auto& consumer : consumers)
        connections.push_back(consumer.spec.id.connection);
    std::ranges::sort(connections);
    const auto repeated = std::ranges::unique(connections);
    connections.erase(repeated.begin(), repeated.end());
    return connections;
}

// Those whose connection has gone in the meantime are left out.
void introduce(Reports& consumers, const std::vector<session::ConnectionReport>& connections) {
    std::unordered_map<ConnectionId, session::ConnectionFactsRef> known;
    for (const auto& connection : connections)
        known.emplace(connection.facts->id, connection.facts);
    std::erase_if(consumers, [&](http::ConsumerReport& consumer) {
        const auto found = known.find(consumer.spec.id.connection);
        if (found == known.end()) return true;
        consumer.connection = found->second;
        return false;
    });
}

std::shared_ptr<ConsumerSurvey::Sum> gathering(ShardReporter& reporter,
                                               ShardReporter::Then<Reports> then) {
    auto sum = std::make_shared<ConsumerSurvey::Sum>();
    sum->then = [&reporter, then = std::move(then)](Reports consumers) mutable {
        auto connections = connections_of(consumers);
        reporter.survey_connections_of(
            std::move(connections),
            [consumers = std::move(consumers),
             then = std::move(then)](const std::vector<session::ConnectionReport>& known) mutable {
                introduce(consumers, known);
                then(std::move(consumers));
            });
    };
    return sum;
}

}  // namespace

void ShardReporter::survey_consumers(std::vector<broker::QueueAddress> queues, Then<Reports> then) {
    const auto sum = gathering(*this, std::move(then));
    std::vector<std::unique_ptr<ConsumerSurvey>> surveys(sources_.size());
    for (const auto& queue : queues) {
        auto& survey = surveys[queue.shard.value];
        if (survey == nullptr)
            survey = std::make_unique<ConsumerSurvey>(*sources_[queue.shard.value].node, sum);
        survey->choose(queue.queue);
    }
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

void ShardReporter::survey_all_consumers(Then<Reports> then) {
    const auto sum = gathering(*this, std::move(then));
    std::vector<std::unique_ptr<ConsumerSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<ConsumerSurvey>(*source.node, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

}  // namespace warren::app
