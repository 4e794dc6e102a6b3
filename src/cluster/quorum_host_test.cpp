#include "cluster/quorum_host.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace warren::cluster {
namespace {

using broker::RaftPlace;
using Told = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // queue, index

constexpr RaftServerId self{1};
constexpr QueueId orders{11};
constexpr QueueId bills{12};

Told durable(QuorumHost& host, std::uint64_t through) {
    Told told;
    host.durable(through, [&](QueueId queue, std::uint64_t index) {
        told.emplace_back(queue.value, index);
    });
    return told;
}

TEST(QuorumHost, a_new_queue_begins_at_index_2_of_term_1) {
    QuorumHost host(self);
    EXPECT_EQ(host.propose(orders, {}), (RaftPlace{2, 1}));
    EXPECT_EQ(host.propose(orders, {2, 1}), (RaftPlace{3, 1}));
    EXPECT_EQ(host.propose(bills, {}), (RaftPlace{2, 1}));
}

TEST(QuorumHost, a_queue_goes_on_behind_what_its_log_holds_in_a_new_term) {
    QuorumHost host(self);
    EXPECT_EQ(host.propose(orders, {70, 3}), (RaftPlace{71, 4}));
    EXPECT_EQ(host.propose(orders, {71, 4}), (RaftPlace{72, 4}));
}

TEST(QuorumHost, commits_wait_for_the_log_of_their_turn) {
    QuorumHost host(self);
    EXPECT_FALSE(host.wanted());
    (void)host.propose(orders, {});
    EXPECT_TRUE(host.wanted());
    EXPECT_EQ(durable(host, 100), Told{});  // the turn has not ended
    host.end_turn(101);
    EXPECT_FALSE(host.wanted());
    EXPECT_EQ(durable(host, 100), Told{});
    EXPECT_EQ(durable(host, 101), (Told{{11, 2}}));
    EXPECT_EQ(durable(host, 102), Told{});
}

TEST(QuorumHost, turns_that_become_durable_together_are_told_in_order) {
    QuorumHost host(self);
    (void)host.propose(orders, {});
    (void)host.propose(bills, {8, 1});
    host.end_turn(1);
    (void)host.propose(orders, {2, 1});
    host.end_turn(2);
    host.end_turn(3);
    (void)host.propose(bills, {9, 2});
    host.end_turn(4);
    EXPECT_EQ(durable(host, 3), (Told{{11, 2}, {12, 9}, {11, 3}}));
    EXPECT_EQ(durable(host, 4), (Told{{12, 10}}));
}

TEST(QuorumHost, who_is_told_may_propose_and_forget) {
    QuorumHost host(self);
    (void)host.propose(orders, {});
    (void)host.propose(bills, {});
    host.end_turn(1);
    Told told;
    host.durable(1, [&](QueueId queue, std::uint64_t index) {
        told.emplace_back(queue.value, index);
        if (queue != orders) return;
        EXPECT_EQ(host.propose(orders, {2, 1}), (RaftPlace{3, 1}));
        host.forget(bills);
    });
    EXPECT_EQ(told, (Told{{11, 2}}));
    host.end_turn(2);
    EXPECT_EQ(durable(host, 2), (Told{{11, 3}}));
}

TEST(QuorumHost, a_queue_that_is_gone_is_told_nothing) {
    QuorumHost host(self);
    (void)host.propose(orders, {});
    (void)host.propose(bills, {});
    host.end_turn(1);
    host.forget(orders);
    EXPECT_EQ(host.group_count(), 1);
    EXPECT_EQ(durable(host, 1), (Told{{12, 2}}));
    host.forget(orders);
}

TEST(QuorumHost, a_group_that_fails_confirms_no_more_and_says_once_why) {
    QuorumHost host(self);
    EXPECT_EQ(host.propose(orders, {5, 0}), RaftPlace{});
    EXPECT_EQ(host.propose(orders, {5, 0}), RaftPlace{});
    EXPECT_EQ(host.propose(bills, {}), (RaftPlace{2, 1}));  // the others go on
    host.end_turn(1);
    EXPECT_EQ(durable(host, 1), (Told{{12, 2}}));

    const auto failures = host.take_failures();
    ASSERT_EQ(failures.size(), 1);
    EXPECT_EQ(failures[0].queue, orders);
    EXPECT_EQ(failures[0].text, "the last entry of a Raft group has index 5 and term 0");
    EXPECT_TRUE(host.take_failures().empty());
    EXPECT_EQ(host.group_count(), 1);
}

TEST(QuorumHost, groups_beyond_the_bound_rest_once_they_have_nothing_on_their_way) {
    QuorumHost host(self, 2);
    for (std::uint64_t queue = 1; queue <= 5; ++queue)
        (void)host.propose({queue}, {});
    EXPECT_EQ(host.group_count(), 5);
    host.end_turn(1);
    EXPECT_EQ(host.propose({1}, {2, 1}), (RaftPlace{3, 1}));  // used last
    host.end_turn(2);
    EXPECT_EQ(durable(host, 1).size(), 5);
    EXPECT_EQ(host.group_count(), 2);
    EXPECT_EQ(durable(host, 2), (Told{{1, 3}}));

    EXPECT_EQ(host.propose({1}, {3, 1}), (RaftPlace{4, 1}));  // 5 and 1 have gone on running
    EXPECT_EQ(host.propose({5}, {2, 1}), (RaftPlace{3, 1}));
    EXPECT_EQ(host.propose({2}, {2, 1}), (RaftPlace{3, 2}));  // 2 had to start again
}

// A shard with its log, of which a crash loses what is not durable. Each queue's log is kept as the
// places that a disk would hold; the host sees nothing but the last of them.
class CrashingShard {
public:
    explicit CrashingShard(std::uint64_t seed) : random_(seed) {}

    void run_turn() {
        for (std::uint64_t proposals = below(20); proposals > 0; --proposals)
            propose(1 + below(queue_count));
        host_->end_turn(++commit_);
        if (below(3) == 0) become_durable(durable_ + below(commit_ - durable_ + 1));
        if (below(50) == 0) crash();
    }
    std::uint64_t told_count() const { return told_count_; }

private:
    static constexpr std::uint64_t queue_count = 40;
    static constexpr std::size_t groups_max = 5;
    struct Entry {
        RaftPlace place;
        std::uint64_t commit = 0;
    };
    struct Log {
        std::vector<Entry> entries;
        std::uint64_t told = 0;
        // All places that were given out in terms that were durable, lost ones too: somebody else
        // may have heard of them. Index and term.
        std::set<std::pair<std::uint64_t, std::uint64_t>> places;
    };

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    void propose(std::uint64_t queue) {
        Log& log = logs_[queue];
        const RaftPlace last = log.entries.empty() ? RaftPlace{} : log.entries.back().place;
        const RaftPlace place = host_->propose({queue}, last);
        ASSERT_EQ(place.index, last.index == 0 ? 2 : last.index + 1);
        ASSERT_GE(place.term, last.term);
        ASSERT_TRUE(log.places.insert({place.index, place.term}).second)
            << "index and term name two entries";
        log.entries.push_back({place, commit_ + 1});
    }

    void become_durable(std::uint64_t through) {
        durable_ = through;
        host_->durable(through, [&](QueueId queue, std::uint64_t index) {
            Log& log = logs_[queue.value];
            ASSERT_GT(index, log.told);
            log.told = index;
            ++told_count_;
        });
        for (const auto& [queue, log] : logs_)
            for (const Entry& entry : log.entries)
                ASSERT_EQ(entry.place.index <= log.told, entry.commit <= through);
    }

    void crash() {
        for (auto& [queue, log] : logs_) {
            std::erase_if(log.entries, [&](const Entry& entry) { return entry.commit > durable_; });
            const RaftPlace last = log.entries.empty() ? RaftPlace{} : log.entries.back().place;
            ASSERT_EQ(log.told, last.index);
            std::erase_if(log.places, [&](const auto& place) { return place.second > last.term; });
        }
        host_.emplace(self, groups_max);
    }

    std::mt19937_64 random_;
    std::optional<QuorumHost> host_{std::in_place, self, groups_max};
    std::map<std::uint64_t, Log> logs_;
    std::uint64_t commit_ = 0;
    std::uint64_t durable_ = 0;
    std::uint64_t told_count_ = 0;
};

TEST(QuorumHost, what_is_told_is_durable_and_places_are_given_once_whatever_crashes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        CrashingShard shard(seed);
        for (int turn = 0; turn < 1'000 && !testing::Test::HasFatalFailure(); ++turn)
            shard.run_turn();
        EXPECT_GT(shard.told_count(), 1'000);
    }
}

}  // namespace
}  // namespace warren::cluster
