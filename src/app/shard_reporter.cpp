#include "app/shard_reporter.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "app/shard_survey.h"

namespace warren::app {

namespace {

// Looking at a queue that nobody has looked at lately takes a tenth of a microsecond or two.
constexpr std::size_t queues_per_turn = 512;

// Goes over queues from the back of a list.
class QueueWalk : public ShardSurvey {
public:
    explicit QueueWalk(const ShardReporter::Source& source) : source_(source) {}

    // To be looked at; without it, all that are awake.
    void choose(const broker::QueueAddress& queue) {
        all_ = false;
        queues_.push_back(queue.queue);
    }

protected:
    const ShardReporter::Source& source() const { return source_; }

private:
    bool look_at_some() final {
        if (std::exchange(all_, false)) queues_ = source_.node->awake_queues();
        for (std::size_t looks = 0; looks < queues_per_turn; ++looks) {
            if (queues_.empty()) {
                finish();
                return false;
            }
            if (const auto stats = source_.node->stats_of(queues_.back()))
                note(queues_.back(), *stats);
            queues_.pop_back();
        }
        return true;
    }
    virtual void note(QueueId queue, const broker::QueueStats& stats) = 0;
    // In the turn of the last look.
    virtual void finish() {}

    ShardReporter::Source source_;
    bool all_ = true;
    std::vector<QueueId> queues_;
};

class QueueSurvey final : public QueueWalk {
public:
    using Sum = Gathering<http::QueueReports>;

    QueueSurvey(const ShardReporter::Source& source, std::shared_ptr<Sum> sum)
        : QueueWalk(source), sum_(std::move(sum)) {}

private:
    void note(QueueId queue, const broker::QueueStats& stats) override {
        reports_.emplace_back(queue, stats);
    }
    void hand_over() override {
        sum_->answer.insert(reports_.begin(), reports_.end());
        sum_->shard_done();
    }

    std::shared_ptr<Sum> sum_;
    std::vector<std::pair<QueueId, broker::QueueStats>> reports_;
};

class TotalsSurvey final : public QueueWalk {
public:
    using Sum = Gathering<std::vector<http::ShardTotals>>;

    TotalsSurvey(const ShardReporter::Source& source, std::shared_ptr<Sum> sum)
        : QueueWalk(source), sum_(std::move(sum)) {}

private:
    void note(QueueId queue, const broker::QueueStats& stats) override {
        if (!source().node->topology().find_queue(queue)->is_delay_queue()) totals_.held.add(stats);
    }
    void finish() override {
        totals_.shard = source().shard->id();
        totals_.traffic = source().sessions->traffic();
        totals_.queues = source().node->queue_counts();
        if (const auto* log = source().node->storage()) totals_.log = log->stats();
    }
    void hand_over() override {
        sum_->answer[totals_.shard.value] = totals_;
        sum_->shard_done();
    }

    std::shared_ptr<Sum> sum_;
    http::ShardTotals totals_;
};

}  // namespace

void ShardReporter::survey_queues(std::vector<broker::QueueAddress> queues,
                                  Then<http::QueueReports> then) {
    auto sum = std::make_shared<QueueSurvey::Sum>();
    sum->then = std::move(then);
    std::vector<std::unique_ptr<QueueSurvey>> surveys(sources_.size());
    for (const auto& queue : queues) {
        auto& survey = surveys[queue.shard.value];
        if (survey == nullptr)
            survey = std::make_unique<QueueSurvey>(sources_[queue.shard.value], sum);
        survey->choose(queue);
    }
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

void ShardReporter::survey_all_queues(Then<http::QueueReports> then) {
    auto sum = std::make_shared<QueueSurvey::Sum>();
    sum->then = std::move(then);
    std::vector<std::unique_ptr<QueueSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<QueueSurvey>(source, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

void ShardReporter::survey_totals(Then<std::vector<http::ShardTotals>> then) {
    auto sum = std::make_shared<TotalsSurvey::Sum>();
    sum->then = std::move(then);
    sum->answer.resize(sources_.size());
    if (over_http_ != nullptr)
        sum->answer.push_back({.shard = observer_.id(),
                               .traffic = over_http_->totals(),
                               .queues = {},
                               .log = {},
                               .held = {}});
    std::vector<std::unique_ptr<TotalsSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<TotalsSurvey>(source, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

}  // namespace warren::app
