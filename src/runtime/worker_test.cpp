#include "runtime/worker.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/shard_bound.h"
#include "runtime/shard.h"
#include "runtime/shard_group.h"

namespace warren::runtime {
namespace {

constexpr ShardId shard_0{0};
constexpr ShardId shard_1{1};

// Runs a function on a shard and waits for its result.
template <typename Function>
auto ask(Shard& shard, Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto answer = task.get_future();
    shard.post_from_any_thread([&] { task(); });
    return answer.get();
}

TEST(worker, works_on_its_own_thread_and_is_done_on_the_shard_that_asked) {
    ShardGroup shards(2);
    shards.start([](Shard&) {});
    Worker worker("warren-test-and-more");
    std::promise<ShardId> done_on;
    std::string name(16, ' ');
    bool works_on_a_shard = true;
    bool takes_signals = true;
    worker.submit(
        shards[shard_1],
        [&] {
            pthread_getname_np(pthread_self(), name.data(), name.size());
            works_on_a_shard = this_shard().value < shards.size();
            sigset_t blocked;
            pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
            takes_signals = sigismember(&blocked, SIGTERM) == 0;
        },
        [&] { done_on.set_value(this_shard()); });
    EXPECT_EQ(done_on.get_future().get(), shard_1);
    EXPECT_STREQ(name.c_str(), "warren-test-and");
    EXPECT_FALSE(works_on_a_shard);
    EXPECT_FALSE(takes_signals);
    shards.stop();
}

TEST(worker, keeps_the_order_of_submission_for_work_and_done) {
    constexpr int job_count = 10'000;
    ShardGroup shards(1);
    shards.start([](Shard&) {});
    std::vector<int> worked;
    std::vector<int> done;
    std::promise<void> end;
    Worker worker("test");
    for (int job = 0; job < job_count; ++job)
        worker.submit(
            shards[shard_0], [&worked, job] { worked.push_back(job); },
            [&done, &end, job] {
                done.push_back(job);
                if (job == job_count - 1) end.set_value();
            });
    end.get_future().wait();
    std::vector<int> expected(job_count);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(worked, expected);
    EXPECT_EQ(ask(shards[shard_0], [&] { return done; }), expected);
    shards.stop();
}

TEST(worker, serves_several_shards_that_submit_again_when_they_are_done) {
    constexpr int rounds = 2'000;
    ShardGroup shards(2);
    shards.start([](Shard&) {});
    Worker worker("test");
    int worked = 0;
    struct Client {
        Shard& shard;
        Worker& worker;
        int& worked;
        int done = 0;
        std::promise<void> end;

        void submit() {
            worker.submit(
                shard, [this] { ++worked; },
                [this] {
                    EXPECT_EQ(this_shard(), shard.id());
                    if (++done == rounds)
                        end.set_value();
                    else
                        submit();
                });
        }
    };
    std::array clients{Client{shards[shard_0], worker, worked, 0, {}},
                       Client{shards[shard_1], worker, worked, 0, {}}};
    for (Client& client : clients)
        client.shard.post_from_any_thread([&client] { client.submit(); });
    for (Client& client : clients)
        client.end.get_future().wait();
    worker.stop();
    EXPECT_EQ(worked, 2 * rounds);
    shards.stop();
}

TEST(worker, finishes_what_waits_before_it_stops) {
    Shard shard({});
    int worked = 0;
    int done = 0;
    std::promise<void> gate;
    Worker worker("test");
    worker.submit(shard, [&] { gate.get_future().wait(); }, [] {});
    for (int job = 0; job < 100; ++job)
        worker.submit(shard, [&] { ++worked; }, [&] { ++done; });
    gate.set_value();
    worker.stop();
    worker.stop();
    EXPECT_EQ(worked, 100);
    shard.post_from_any_thread([&] { shard.stop(); });
    shard.run();
    EXPECT_EQ(done, 100);
}

TEST(worker, destroys_the_work_before_the_shard_hears_of_it) {
    Shard shard({});
    Worker worker("test");
    auto witness = std::make_shared<int>();
    long uses_when_done = 0;
    worker.submit(
        shard, [witness] {},
        [&] {
            uses_when_done = witness.use_count();
            shard.stop();
        });
    shard.run();
    EXPECT_EQ(uses_when_done, 1);
}

TEST(worker, what_a_stopped_shard_or_worker_cannot_run_is_destroyed) {
    auto witness = std::make_shared<int>();
    {
        Shard shard({});
        shard.stop();
        shard.run();
        Worker worker("test");
        bool worked = false;
        worker.submit(shard, [&] { worked = true; }, [witness] { FAIL() << "ran after the end"; });
        worker.stop();
        EXPECT_TRUE(worked);
        EXPECT_EQ(witness.use_count(), 2);
        worker.submit(shard, [witness] { FAIL() << "ran after the end"; }, [witness] {});
        EXPECT_EQ(witness.use_count(), 2);
    }
    EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace warren::runtime
