// A command log under crashes: random lives with folds on a simulated disk, crashed at every call
// that changes anything; what comes back must mean what some moment meant, and no moment before the
// last promise.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.h"
#include "storage/command_log_test_support.h"

namespace warren::storage {
namespace {

using sim::Crash;
using sim::SimulatedDisk;

constexpr std::uint64_t plenty = 1u << 30;

// All that was ever appended and not taken back by a crash.
struct History {
    std::vector<std::string> commands;
    std::size_t promised = 0;  // so many of them

    // Finds the moment that has come back; the history goes on from there.
    void compare(const std::vector<std::string>& recovered) {
        const Meaning meaning = meaning_of(recovered);
        Meaning moment;
        for (std::size_t index = 0; index < promised; ++index)
            apply_command(moment, commands[index]);
        for (std::size_t count = promised;; ++count) {
            if (moment == meaning) {
                commands.resize(count);
                promised = count;
                return;
            }
            ASSERT_LT(count, commands.size()) << "no moment meant this";
            apply_command(moment, commands[count]);
        }
    }
};

class Life {
public:
    Life(SimulatedDisk& disk, History& history, std::uint64_t seed)
        : disk_(disk), history_(history), prng_(seed), process_(disk) {}
    ~Life() { process_.die(); }

    // The disk may crash meanwhile.
    bool open() {
        const auto opened = process_.open();
        EXPECT_TRUE(opened || disk_.is_off()) << opened.error();
        if (!opened) return false;
        history_.compare(process_.recovered.commands);
        before_ = history_.promised;
        return true;
    }

    void run(int turns) {
        for (int turn = 0; turn < turns && !disk_.is_off(); ++turn) {
            for (std::uint64_t count = prng_.below(3); count != 0; --count)
                append();
            // Now and then the disk is full for a while.
            const bool full = prng_.below(10) == 0;
            disk_.set_capacity(full ? disk_.used_bytes() + prng_.below(600) : plenty);
            process_.log->end_turn(process_.now, prng_.below(2) == 0);
            for (std::uint64_t steps = prng_.below(4); steps != 0; --steps)
                work();
            process_.now = process_.now.plus_ms(static_cast<std::int64_t>(prng_.below(600)));
        }
        disk_.set_capacity(plenty);
        EXPECT_TRUE(process_.events.failures.empty() || disk_.is_off());
    }

private:
    void append() {
        // Each value is unlike all others, so that moments can be told apart, and some keys come
        // once only, so that the oldest files matter as much as the newest.
        const std::string key = prng_.below(4) == 0 ? std::to_string(history_.commands.size())
                                                    : "key " + std::to_string(prng_.below(4));
        history_.commands.push_back(key + "=" + std::to_string(prng_.next()) +
                                    std::string(prng_.below(80), 'v'));
        process_.append(history_.commands.back());
    }
    void work() {
        if (process_.lane.finished() != 0 && prng_.below(2) == 0)
            process_.lane.run_done();
        else if (process_.lane.waiting() != 0)
            process_.lane.run_work();
        history_.promised = before_ + process_.log->durable_through();
    }

    SimulatedDisk& disk_;
    History& history_;
    Prng prng_;
    CommandProcess process_;
    std::size_t before_ = 0;
};

struct CrashAt {
    std::uint64_t call = 0;  // 0: not in this life, but at its end
    Crash kind = Crash::power_loss;
};

// Three lives, each ended by a crash. Returns whether the first one has come.
bool survives(std::uint64_t seed, CrashAt first, CrashAt second) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", crashes at " + std::to_string(first.call) +
                 " and " + std::to_string(second.call));
    SimulatedDisk disk(seed);
    History history;
    Prng prng(seed);
    bool first_has_come = false;
    int life_number = 0;
    for (const CrashAt crash : {first, second, CrashAt{}}) {
        if (crash.call != 0) disk.crash_at(crash.call, crash.kind);
        {
            Life life(disk, history, prng.next());
            if (life.open()) life.run(60);
        }
        if (life_number++ == 0) first_has_come = disk.is_off();
        disk.restart(crash.kind);
    }
    EXPECT_TRUE(Life(disk, history, 0).open());
    return first_has_come;
}

TEST(command_log_crash, every_moment_that_was_promised_comes_back) {
    for (std::uint64_t seed = 0; seed < 15; ++seed) {
        Prng prng(seed ^ 0x5eed);
        const auto kind = [&] {
            return prng.below(4) == 0 ? Crash::process_kill : Crash::power_loss;
        };
        for (std::uint64_t call = 1; survives(seed, {call, kind()}, {1 + prng.below(60), kind()});
             ++call)
            if (testing::Test::HasFailure()) return;
    }
}

// What a killed process has not synced must not be built upon.
TEST(command_log_crash, power_fails_while_a_successor_starts) {
    for (std::uint64_t seed = 0; seed < 40; ++seed)
        for (std::uint64_t call = 1;
             survives(seed, {call, Crash::process_kill}, {1 + seed % 5, Crash::power_loss}); ++call)
            if (testing::Test::HasFailure()) return;
}

}  // namespace
}  // namespace warren::storage
