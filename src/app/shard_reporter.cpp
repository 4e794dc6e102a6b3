#include "app/shard_reporter.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace warren::app {

namespace {

// Looking at a queue that nobody has looked at lately takes a tenth of a microsecond or two.
constexpr std::size_t queues_per_turn = 512;

using Reports = std::vector<std::pair<QueueId, broker::QueueStats>>;

}  // namespace

// What the shards have answered so far; on the observer's shard.
struct ShardReporter::Gathering {
    std::size_t shards_left = 0;
    http::QueueReports reports;
    Then<http::QueueReports> then;
};

// The part of a question that one shard answers: goes there, and comes back with the answers.
struct ShardReporter::Survey {
    Source source;
    runtime::Shard* observer;
    std::shared_ptr<Gathering> gathering;  // touched on the observer's shard only
    bool all = false;
    std::vector<QueueId> queues;  // to be looked at, from the back
    std::size_t left = 0;         // with `all`: of the queues that are awake
    Reports reports;

    static void look(std::unique_ptr<Survey> survey);
    static void hand_over(std::unique_ptr<Survey> survey);
    bool look_at_some();
};

// False: there are no more.
bool ShardReporter::Survey::look_at_some() {
    for (std::size_t looks = 0; looks < queues_per_turn; ++looks) {
        if (queues.empty()) return false;
        if (const auto stats = source.node->stats_of(queues.back()))
            reports.emplace_back(queues.back(), *stats);
        queues.pop_back();
    }
    return true;
}

void ShardReporter::Survey::look(std::unique_ptr<Survey> survey) {
    runtime::Shard& shard = *survey->source.shard;
    shard.post_from_any_thread([survey = std::move(survey)]() mutable {
        if (std::exchange(survey->all, false)) survey->queues = survey->source.node->awake_queues();
        if (survey->look_at_some())
            look(std::move(survey));
        else
            hand_over(std::move(survey));
    });
}

void ShardReporter::Survey::hand_over(std::unique_ptr<Survey> survey) {
    runtime::Shard& observer = *survey->observer;
    observer.post_from_any_thread([survey = std::move(survey)] {
        Gathering& gathering = *survey->gathering;
        gathering.reports.insert(survey->reports.begin(), survey->reports.end());
        if (--gathering.shards_left == 0)
            std::exchange(gathering.then, nullptr)(std::move(gathering.reports));
    });
}

void ShardReporter::survey_queues(std::vector<broker::QueueAddress> queues,
                                  Then<http::QueueReports> then) {
    auto gathering = std::make_shared<Gathering>();
    gathering->then = std::move(then);
    std::vector<std::unique_ptr<Survey>> surveys(sources_.size());
    for (const auto& queue : queues) {
        auto& survey = surveys[queue.shard.value];
        if (survey == nullptr) {
            survey = std::make_unique<Survey>(
                Survey{sources_[queue.shard.value], &observer_, gathering});
            ++gathering->shards_left;
        }
        survey->queues.push_back(queue.queue);
    }
    if (gathering->shards_left == 0) {
        observer_.post_from_any_thread([gathering] { gathering->then({}); });
        return;
    }
    for (auto& survey : surveys)
        if (survey != nullptr) Survey::look(std::move(survey));
}

void ShardReporter::survey_all_queues(Then<http::QueueReports> then) {
    auto gathering = std::make_shared<Gathering>();
    gathering->then = std::move(then);
    gathering->shards_left = sources_.size();
    for (const Source& source : sources_)
        Survey::look(std::make_unique<Survey>(Survey{source, &observer_, gathering, true}));
}

}  // namespace warren::app
