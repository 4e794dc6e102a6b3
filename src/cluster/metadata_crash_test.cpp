// Metadata under crashes: a shard's node on a real command log on a simulated disk, crashed at any
// call that changes something there. What a start finds is what the changes had come to at some
// moment, and no earlier one than clients were told of. Seeds are printed and replay.
#include <gtest/gtest.h>

#include <memory>

#include "cluster/metadata_codec.h"
#include "cluster/metadata_fold.h"
#include "cluster/metadata_histories.h"
#include "cluster/metadata_log.h"
#include "cluster/quiet_sessions.h"
#include "cluster/shard_node.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::cluster {
namespace {

constexpr std::uint64_t seed_count = 12;
constexpr int crashes_a_seed = 40;
constexpr int rounds_a_life = 150;

// What was changed, in order, and how much of it clients may rely on.
struct Promises {
    std::vector<std::string> changes;
    std::size_t kept = 0;  // up to the newest change that counts after a restart
    std::size_t told = 0;
};

// One process from its start to its end, whichever that is.
class Life final : private Interconnect, private TurnClock {
public:
    Life(sim::SimulatedDisk& disk, std::uint64_t seed, Promises& promises)
        : disk_(disk), history_(seed), random_(seed), promises_(promises) {}
    ~Life() { lane_.drop_all(); }

    // Reads what is there and makes it what counts from now on.
    void start() {
        storage::CommandLog::Recovered recovered;
        auto log = MetadataLog::open([&](storage::CommandLogEvents& events) {
            return storage::CommandLog::open(
                {.folder = "metadata", .file_bytes = 2048, .fold_bytes_min = 4096}, disk_, lane_,
                events, fold_metadata, recovered);
        });
        ASSERT_TRUE(log.has_value()) << log.error();
        log_ = std::move(*log);
        ASSERT_TRUE(model_.replay(recovered.commands).has_value());
        compare();
        promises_ = {.changes = std::move(recovered.commands)};
        promises_.kept = promises_.told = promises_.changes.size();
        rebuild(model_.topology(), model_.users(), [this](const MetadataCommand& command) {
            ASSERT_TRUE(node_.bootstrap(command).has_value());
        });
        node_.keep_metadata_in(*log_);
    }

    void work() {
        for (const char* name : {"v0", "v1"})
            change(broker::TopologyCommand{broker::CreateVhost{.name = name}});
        for (int round = 0; round < rounds_a_life && !disk_.is_off(); ++round) {
            for (std::uint64_t left = random_.below(4); left != 0; --left)
                change(history_.next(model_.topology()));
            turn();
            for (std::uint64_t left = random_.below(4); left != 0 && !lane_.idle(); --left)
                lane_.run_one();
        }
    }

    void stop() {
        turn();
        bool stopped = false;
        node_.stop_keeping_metadata([&] { stopped = true; });
        lane_.run_all();
        ASSERT_TRUE(stopped);
        promises_.told = promises_.changes.size();
    }

private:
    bool post(ShardId, ShardBatch&) override { return true; }
    Now now() override { return {now_, {0}}; }

    // The state is that after one of the changes, and after all those that were told of.
    void compare() const {
        const std::string found = test::dump(model_);
        MetadataState state;
        std::size_t known = 0;
        for (;; ++known) {
            if (known >= promises_.told && test::dump(state) == found) return;
            if (known == promises_.changes.size()) break;
            ASSERT_TRUE(state.replay({&promises_.changes[known], 1}).has_value());
        }
        FAIL() << "what was found is nothing that " << promises_.told << " to " << known
               << " changes had come to";
    }

    void change(const MetadataCommand& command) {
        const bool survives = survives_restart(command, model_.topology());
        const auto outcome = model_.apply(command);
        if (outcome == broker::Outcome::changed) {
            promises_.changes.push_back(encode(command));
            if (survives) promises_.kept = promises_.changes.size();
        }
        const broker::RequestTicket ticket{ConnectionId::make({0}, 1), ++last_ticket_};
        promised_by_.push_back(survives && outcome ? promises_.kept : 0);
        if (const auto* topology = std::get_if<broker::TopologyCommand>(&command))
            node_.submit(*topology, ticket, broker::AnswerWhen::safe);
        else
            node_.submit_user(std::get<auth::UserCommand>(command), ticket);
    }

    void turn() {
        now_ = now_.plus_ms(10);
        node_.end_turn();
        for (const std::uint32_t number : sessions_.take_answered())
            promises_.told = std::max(promises_.told, promised_by_[number - 1]);
    }

    sim::SimulatedDisk& disk_;
    sim::SimulatedLane lane_;
    test::RandomHistory history_;
    Prng random_;
    Promises& promises_;
    MetadataState model_;
    Instant now_{1000};
    test::QuietSessions sessions_;
    std::unique_ptr<MetadataLog> log_;
    ShardNode node_{1, *this, sessions_, *this, 7};
    std::uint32_t last_ticket_ = 0;
    std::vector<std::size_t> promised_by_;  // by ticket
};

// A life that ends at the given call (0: in order), and what the next one finds. Returns how many
// calls there were.
std::uint64_t crash_and_recover(std::uint64_t seed, std::uint64_t call, sim::Crash crash) {
    sim::SimulatedDisk disk(seed);
    Promises promises;
    {
        Life life(disk, seed, promises);
        life.start();
        if (call != 0) disk.crash_at(call, crash);
        life.work();
        if (call == 0) life.stop();
    }
    const std::uint64_t calls = disk.mutating_calls();
    disk.restart(crash);
    {
        Life life(disk, seed + 1, promises);
        life.start();
        if (::testing::Test::HasFatalFailure()) return calls;
        life.work();
        life.stop();
    }
    Life(disk, seed, promises).start();
    return calls;
}

class MetadataCrashTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MetadataCrashTest, nothing_that_was_answered_is_lost) {
    const std::uint64_t seed = GetParam();
    const std::uint64_t calls = crash_and_recover(seed, 0, sim::Crash::process_kill);
    ASSERT_FALSE(HasFailure());
    Prng random(seed);
    for (int crash = 0; crash < crashes_a_seed; ++crash) {
        const std::uint64_t call = 1 + random.below(calls);
        const auto kind = random.below(4) == 0 ? sim::Crash::process_kill : sim::Crash::power_loss;
        crash_and_recover(seed, call, kind);
        ASSERT_FALSE(HasFailure()) << "seed " << seed << ", crash at call " << call;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MetadataCrashTest, ::testing::Range<std::uint64_t>(1, seed_count));

}  // namespace
}  // namespace warren::cluster
