// The ready list against a plain sorted map, at sizes where gaps are closed, blocks are left behind
// and stale deadlines are swept out.
#include "broker/queue/ready_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/prng.h"

namespace warren::broker {
namespace {

ReadyMessage ready_message(std::uint64_t position, std::uint8_t level, Instant deadline) {
    ReadyMessage ready;
    ready.message = Message::make("e", "k", {}, as_bytes("body"), {});
    ready.position = position;
    ready.level = level;
    ready.deadline = deadline;
    ready.body_bytes = 4;
    return ready;
}

class ready_list_check {
public:
    ready_list_check(std::uint64_t seed, std::uint8_t level_max)
        : random_(seed), level_max_(level_max), list_(level_max) {}

    // `expiring`: how many messages in a hundred have a deadline; `ttl`: the longest they get.
    void arrive(std::uint64_t expiring, std::uint64_t ttl, bool uniform) {
        const auto level = static_cast<std::uint8_t>(random_.below(level_max_ + 1u));
        Instant deadline = Instant::never();
        if (random_.below(100) < expiring)
            deadline = now_.plus_ms(static_cast<std::int64_t>(uniform ? ttl : random_.below(ttl)));
        list_.push_back(ready_message(++position_, level, deadline));
        model_[{-level, position_}] = deadline;
    }
    void leave() {
        if (model_.empty()) return;
        const auto [key, deadline] = *model_.begin();
        ReadyMessage ready = list_.pop_front();
        ASSERT_EQ(ready.position, key.second);
        ASSERT_EQ(ready.deadline, deadline);
        model_.erase(model_.begin());
        away_.push_back(std::move(ready));
    }
    void come_back() {
        if (away_.empty()) return;
        const std::size_t which = random_.below(away_.size());
        std::swap(away_[which], away_.back());
        ReadyMessage ready = std::move(away_.back());
        away_.pop_back();
        model_[{-ready.level, ready.position}] = ready.deadline;
        list_.put_back(std::move(ready));
    }
    void expire(std::int64_t ms) {
        now_ = now_.plus_ms(ms);
        while (auto expired = list_.take_expired(now_)) {
            const auto first =
                std::min_element(model_.begin(), model_.end(), [](const auto& a, const auto& b) {
                    return std::pair(a.second, a.first.second) <
                           std::pair(b.second, b.first.second);
                });
            ASSERT_EQ(expired->position, first->first.second);
            model_.erase(first);
        }
        for (const auto& [key, deadline] : model_) {
            ASSERT_GT(deadline, now_);
            ASSERT_LE(list_.next_deadline(), deadline);
        }
    }
    void forget_those_away() { away_.clear(); }
    void check() {
        list_.check_invariants();
        ASSERT_EQ(list_.count(), model_.size());
        if (!model_.empty()) {
            ASSERT_EQ(list_.front().position, model_.begin()->first.second);
        }
    }
    void drain() {
        while (!model_.empty())
            leave();
        ASSERT_TRUE(list_.empty());
    }
    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

private:
    Prng random_;
    std::uint8_t level_max_;
    ReadyList list_;
    std::map<std::pair<int, std::uint64_t>, Instant> model_;  // by falling level, rising position
    std::vector<ReadyMessage> away_;
    std::uint64_t position_ = 0;
    Instant now_{0};
};

void play(ready_list_check& check, std::uint64_t expiring, std::uint64_t ttl, bool uniform) {
    for (int phase = 0; phase < 12 && !::testing::Test::HasFatalFailure(); ++phase) {
        const bool growing = phase % 2 == 0;
        for (int step = 0; step < 1500; ++step) {
            const auto dice = check.below(100);
            if (dice < (growing ? 60u : 20u))
                check.arrive(expiring, ttl, uniform);
            else if (dice < (growing ? 75u : 70u))
                check.leave();
            else if (dice < 90)
                check.come_back();
            if (check.below(40) == 0) check.expire(static_cast<std::int64_t>(check.below(20)));
            if (check.below(100) == 0) check.check();
            if (check.below(500) == 0) check.forget_those_away();
        }
    }
    check.check();
    check.drain();
}

TEST(ready_list, keeps_positions_without_deadlines) {
    ready_list_check check(1, 0);
    play(check, 0, 1, true);
}

TEST(ready_list, keeps_order_and_deadlines_with_one_time_to_live) {
    ready_list_check check(2, 0);
    play(check, 100, 300, true);
}

TEST(ready_list, keeps_order_and_deadlines_when_each_message_has_its_own) {
    ready_list_check check(3, 0);
    play(check, 100, 400, false);
}

TEST(ready_list, keeps_order_and_deadlines_when_few_expire) {
    ready_list_check check(4, 0);
    play(check, 10, 50, false);
}

TEST(ready_list, keeps_levels_apart) {
    ready_list_check check(5, 9);
    play(check, 60, 300, false);
    ready_list_check all_levels(6, 255);
    play(all_levels, 60, 300, true);
}

}  // namespace
}  // namespace warren::broker
