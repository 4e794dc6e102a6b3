// The queue beside its naive model, with no log or with one made of maps, which must hold exactly
// what the model holds. A failing seed is printed and replays alone:
// --gtest_filter=*simulation*/<seed>.
#include <algorithm>

#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_simulation.h"

namespace warren::broker::testing {
namespace {

class MapLog final : public SimulatedLog {
public:
    explicit MapLog(std::uint64_t seed) : random_(seed), disk_(&random_) {}

    Restored attach(Queue& queue) override {
        Restored restored;
        queue.attach(
            [&](auto& owner, auto& sink, auto& found) {
                auto log = disk_.open(owner, sink, delivered_through_, found);
                restored = found;
                return log;
            },
            {});
        return restored;
    }
    void end_turn(Instant) override { turn_ended_ = true; }
    // What was collected is on disk some time later.
    void progress(Queue& queue, const QueueModel& model) override {
        if (disk_.is_paging()) return disk_.end_paging();
        if (model.leaving() || model.last_position() == 0) return;
        // As spill() does.
        queue.log_pending();
        disk_.begin_paging(1 + random_.below(model.last_position()));
        if (random_.below(2) == 0 && disk_.is_paging()) disk_.end_paging();
    }
    std::set<std::uint64_t> end_process(Queue& queue, const QueueModel&, bool crashed) override {
        delivered_through_.reset();
        if (!crashed) delivered_through_ = queue.delivered_through();
        std::set<std::uint64_t> positions;
        for (const auto& [position, entry] : disk_.entries())
            if (entry.head.persistent) positions.insert(position);
        return positions;
    }
    // The log holds what the queue holds, but for what it is yet to hear of.
    void check(Queue& queue, const QueueModel& model) override {
        if (const bool all = std::exchange(turn_ended_, false); all && !model.leaving())
            check_all_is_logged(model);
        else if (random_.below(4) != 0)
            return;
        std::map<std::uint64_t, bool> on_disk;
        std::uint64_t paged = 0;
        for (const auto& [position, entry] : disk_.entries()) {
            on_disk[position] = entry.head.persistent;
            paged += entry.paged;
        }
        ASSERT_EQ(queue.stats().paged, paged);
        for (const ModelMessage& message : model.messages()) {
            const auto found = on_disk.find(message.position);
            if (message.kept) {
                ASSERT_EQ(found != on_disk.end(), message.position <= disk_.appended_through());
            }
            if (found == on_disk.end()) continue;
            ASSERT_EQ(found->second, message.kept);
            on_disk.erase(found);
        }
        ASSERT_TRUE(on_disk.empty()) << on_disk.begin()->first << " has left the queue";
    }

private:
    void check_all_is_logged(const QueueModel& model) {
        for (const ModelMessage& message : model.messages())
            if (message.kept) {
                ASSERT_LE(message.position, disk_.appended_through());
            }
    }

    Prng random_;
    QueueDisk disk_;
    std::optional<std::uint64_t> delivered_through_ = 0;
    bool turn_ended_ = false;
};

class queue_simulation : public ::testing::TestWithParam<std::uint64_t> {};

// Each seed plays several queues, because one that is deleted is the end of its play.
TEST_P(queue_simulation, says_what_the_naive_model_says) {
    Prng seeds(GetParam());
    for (int game = 0; game < 10 && !HasFatalFailure(); ++game) {
        SCOPED_TRACE("game " + std::to_string(game));
        std::unique_ptr<SimulatedLog> log;
        if (seeds.below(4) != 0) log = std::make_unique<MapLog>(seeds.next());
        QueueSimulation(seeds.next(), std::move(log)).run(1500);
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, queue_simulation, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace warren::broker::testing
