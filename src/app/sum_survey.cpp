// Totals over all queues: each shard adds its own up, some a turn.
#include <memory>
#include <utility>

#include "app/shard_reporter.h"
#include "app/shard_survey.h"

namespace warren::app {

namespace {

// One takes a third of a microsecond.
constexpr std::size_t queues_per_turn = 256;

}  // namespace

// What the shards have answered so far; on the observer's shard.
struct ShardReporter::SumGathering {
    std::size_t shards_left = 0;
    http::NodeSums answer;
    ShowQueues show;
    Then<http::NodeSums> then;
};

class ShardReporter::SumSurvey final : public ShardSurvey {
public:
    SumSurvey(ShardReporter& reporter, std::size_t shard, Instant changed_since,
              std::shared_ptr<SumGathering> gathering)
        : reporter_(reporter),
          shard_(shard),
          gathering_(std::move(gathering)),
          node_(*reporter.sources_[shard].node),
          changed_since_(changed_since),
          known_activity_(shows_changed() ? reporter.known_sums_[shard].shown_activity
                                          : reporter.known_sums_[shard].activity) {}

private:
    bool shows_changed() const { return changed_since_ != Instant::never(); }

    void begin() {
        begun_ = true;
        activity_ = node_.activity();
        if (activity_ == known_activity_) return;
        gone_ = node_.gone().count;
        gone_vhosts_ = node_.gone().vhosts;
        queues_ = node_.known_queues();
        sums_ = node_.gone().sums;
    }

    bool look_at_some() override {
        if (!begun_) begin();
        for (std::size_t count = 0; count < queues_per_turn; ++count) {
            if (queues_.empty()) break;
            node_.add_queue(queues_.back(), sums_);
            if (shows_changed()) note_if_changed(queues_.back());
            queues_.pop_back();
        }
        show_changed();
        missed_some_ = node_.gone().count != gone_;
        return !queues_.empty();
    }

    void note_if_changed(QueueId queue) {
        const auto stats = node_.stats_of(queue);
        if (stats && stats->last_active >= changed_since_) changed_.emplace_back(queue, *stats);
    }
    // Those of this turn, so that nobody holds all of them.
    void show_changed() {
        if (changed_.empty()) return;
        reporter_.observer_.post_from_any_thread(
            [gathering = gathering_, changed = std::exchange(changed_, {})] {
                gathering->show(changed);
            });
    }

    void hand_over() override {
        KnownSums& known = reporter_.known_sums_[shard_];
        if (activity_ != known_activity_) {
            if (missed_some_) {
                // Not by what others of the same name had counted.
                if (gone_vhosts_ != known.gone_vhosts) known.sums.by_vhost.clear();
                sums_.raise_counters(known.sums);
            }
            known.gone_vhosts = gone_vhosts_;
            known.activity = activity_;
            known.sums = std::move(sums_);
            if (shows_changed()) known.shown_activity = activity_;
        }
        http::NodeSums& answer = gathering_->answer;
        if (--gathering_->shards_left != 0) return;
        for (const KnownSums& each : reporter_.known_sums_)
            answer.queues.add(each.sums);
        std::exchange(gathering_->then, nullptr)(std::move(answer));
    }

    // ---- of the observer's shard ----
    ShardReporter& reporter_;
    const std::size_t shard_;
    std::shared_ptr<SumGathering> gathering_;
    // ---- of the shard that is asked ----
    const cluster::ShardNode& node_;
    const Instant changed_since_;
    const std::uint64_t known_activity_;
    bool begun_ = false;
    std::uint64_t activity_ = 0;  // when it began
    std::uint64_t gone_ = 0;      // likewise: so many queues had been deleted
    std::uint64_t gone_vhosts_ = 0;
    // Others were deleted meanwhile, perhaps before they were added.
    bool missed_some_ = false;
    std::vector<QueueId> queues_;  // to be added, from the back
    broker::QueueSums sums_;
    http::ChangedQueues changed_;  // in this turn's part of them
};

void ShardReporter::survey_sums(Then<http::NodeSums> then) {
    auto gathering = std::make_shared<SumGathering>();
    gathering->then = std::move(then);
    gather_sums(Instant::never(), gathering);
}

void ShardReporter::survey_changes(Instant since, ShowQueues show, Then<http::NodeSums> then) {
    auto gathering = std::make_shared<SumGathering>();
    gathering->show = std::move(show);
    gathering->then = std::move(then);
    gather_sums(since, gathering);
}

void ShardReporter::gather_sums(Instant changed_since,
                                const std::shared_ptr<SumGathering>& gathering) {
    gathering->shards_left = sources_.size();
    for (std::size_t shard = 0; shard < sources_.size(); ++shard)
        ShardSurvey::start(std::make_unique<SumSurvey>(*this, shard, changed_since, gathering),
                           *sources_[shard].shard, observer_);
}

}  // namespace warren::app
