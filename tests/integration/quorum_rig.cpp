#include "tests/integration/quorum_rig.h"

#include <gtest/gtest.h>

#include <array>

namespace warren::broker::testing {

QuorumRig::QuorumRig(std::uint64_t seed, std::uint64_t first_crash_at)
    : random_(seed), crashes_at_random_(first_crash_at == 0), disk_(random_.next()) {
    settings_.type = QueueType::quorum;
    settings_.durable = true;
    settings_.priority_max = 31;
    settings_.single_active_consumer = chance(4);
    settings_.dead_letter_exchange = "dlx";
    draw_policy(settings_);
    states_[0];
    if (first_crash_at != 0)
        disk_.crash_at(first_crash_at,
                       chance(2) ? sim::Crash::power_loss : sim::Crash::process_kill);
    start();
}

QuorumRig::~QuorumRig() {
    log_lane_.drop_all();
    store_lane_.drop_all();
}

void QuorumRig::draw_policy(QueueSettings& settings) {
    const auto perhaps = [&](std::uint64_t odds, std::uint64_t below) {
        return chance(odds) ? std::optional(random_.below(below)) : std::nullopt;
    };
    settings.delivery_limit = perhaps(2, 4);
    settings.message_ttl_ms = perhaps(3, 200);
    settings.length_max = perhaps(3, 20);
    settings.length_bytes_max = perhaps(3, 400);
    settings.overflow = chance(2) ? Overflow::drop_head : Overflow::reject_publish;
    settings.dead_letter_at_least_once = settings.overflow == Overflow::reject_publish;
    settings.delayed_retry = {static_cast<DelayedRetryKind>(random_.below(4)), random_.below(50),
                              perhaps(2, 200)};
}

void QuorumRig::run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        random_command();
        if (chance(3)) end_turn();
        if (chance(6)) advance(static_cast<std::int64_t>(random_.below(60)));
        run_lanes(random_.below(6));
        if (crashes_at_random_ && chance(150)) disk_.crash_at(1 + random_.below(20));
        if (crashes_at_random_ && chance(150)) make_trouble();
        if (is_at_its_end() || chance(300)) restart();
    }
    drain();
}

void QuorumRig::end_turn() {
    for (auto& [id, owed] : std::exchange(credits_, {}))
        queue_->credit({id, owed.messages, owed.bytes});
    while (std::exchange(turn_wanted_, false))
        queue_->work();
    const std::uint64_t before = proposed_.index;
    std::uint64_t mark = 0;
    if (std::exchange(log_wanted_, false)) mark = queue_->log_pending();
    const storage::CommitNumber commit = engine_->end_turn(clock_, mark != 0 || chance(4));
    if (proposed_.index != before) waits_.push_back({commit, proposed_.index, mark});
    if (!disk_.is_off()) check_turn();
    tell_committed();
}

void QuorumRig::advance(std::int64_t ms) {
    end_turn();
    clock_ = clock_.plus_ms(ms);
    if (timer_ > clock_) return;
    timer_ = Instant::never();
    queue_->on_timer();
    end_turn();
}

void QuorumRig::run_lanes(std::uint64_t steps) {
    for (; steps != 0; --steps) {
        sim::SimulatedLane& lane = chance(2) ? log_lane_ : store_lane_;
        if (lane.finished() != 0 && chance(2))
            lane.run_done();
        else if (lane.waiting() != 0)
            lane.run_work();
    }
    // Or with the next turn.
    if (chance(2)) tell_committed();
}

void QuorumRig::tell_committed() {
    while (!waits_.empty() && waits_.front().commit <= engine_->durable_through()) {
        const Wait wait = waits_.front();
        waits_.pop_front();
        durable_index_ = wait.index;
        states_.erase(states_.begin(), states_.find(durable_index_));
        if (wait.mark != 0) queue_->committed(wait.mark);
    }
}

// What cannot be written ends the process, sooner or later.
void QuorumRig::make_trouble() {
    constexpr std::array calls{sim::IoCall::create, sim::IoCall::write, sim::IoCall::sync,
                               sim::IoCall::sync_folder};
    disk_.add_fault({.call = calls[random_.below(calls.size())], .skip = random_.below(10)});
    disk_may_lie_ = true;
}

bool QuorumRig::is_at_its_end() {
    return disk_.is_off() || (engine_->state() == storage::EngineState::failed && chance(10));
}

// Everything must find its way out.
void QuorumRig::drain() {
    const std::size_t turns_max = 500 + lives_.size();
    for (std::size_t turns = 0; !lives_.empty() && !::testing::Test::HasFatalFailure(); ++turns) {
        ASSERT_LT(turns, turns_max) << lives_.size() << " messages stay";
        if (is_at_its_end()) restart();
        if (consumers_.empty()) consume();
        while (!letters_.empty())
            letter_done(letters_.front(), LetterOutcome::safe);
        while (!out_.empty())
            settle({out_.begin()->first}, Settlement::ack);
        advance(turns % 10 == 9 ? 200'000 : 20);
        run_lanes(20);
    }
    end_turn();
    if (disk_.is_off() || ::testing::Test::HasFatalFailure()) return;
    EXPECT_TRUE(states_.rbegin()->second.entries().empty());
    EXPECT_EQ(queue_->resident_bytes(), 0u);
}

}  // namespace warren::broker::testing
