#pragma once
// A quorum queue on the log engine, on a simulated disk that crashes at any of its calls. What the
// queue does is looked at from three sides, which must agree:
//
//   its commands   folded by QuorumState, turn by turn; after a crash the log holds exactly the
//                  fold up to some turn, and that is not before the last turn that was told durable
//   its words      every message that was published is waiting, or out, or has left by a way that
//                  somebody was told of; with the counters that its deliveries and returns add up
//                  to
//   its figures
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "broker/queue/queue.h"
#include "broker/quorum/quorum_state.h"
#include "storage/log_engine.h"
#include "tests/integration/observed_log.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::broker::testing {

class QuorumRig final : private QueueHost, private storage::EngineEvents {
public:
    // The first crash hits that call to the disk; 0: crashes come at random.
    QuorumRig(std::uint64_t seed, std::uint64_t first_crash_at);
    ~QuorumRig();

    // Random commands, then everything leaves.
    void run(int steps);
    bool first_crash_came() const { return first_crash_came_; }

private:
    // What is known of a message from what was said.
    struct Life {
        enum class State : std::uint8_t {
            published,  // not confirmed yet
            waiting,    // ready, or to be ready after a while
            out,        // at a consumer
            assured,    // dead, and kept until it is safe elsewhere
            leaving,    // dead, and sent away at most once
        };

        State state = State::published;
        std::uint64_t position = 0;  // 0: not logged yet
        std::uint32_t acquired = 0;
        std::uint32_t failed = 0;
    };
    struct Out {
        std::string body;
        ConsumerId holder;
    };

    // True once in `odds`.
    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }

    // ---- commands ----
    void random_command();
    void publish();
    void settle();
    void settle(DeliveryIndex index, Settlement settlement);
    void release();
    void recover();
    void consume();
    void draw_policy(QueueSettings& settings);
    void change_policy();
    void letter_done(std::uint64_t position, LetterOutcome outcome);
    void come_back(const Out& out, bool failed);
    void dies(Life& life);
    void end_turn();
    void advance(std::int64_t ms);
    void run_lanes(std::uint64_t steps);
    void tell_committed();
    void make_trouble();
    bool is_at_its_end();
    void drain();

    // ---- lives of the process ----
    void start();
    bool open_engine();
    void attach();
    void restart();
    void check_restored(const std::vector<ObservedEntry>& entries);
    void begin_with(const RaftPlace& place);
    void check_turn();
    void notice_unsent_letters();

    // ---- what is said ----
    void appended(const ObservedEntry& entry);
    void delivered(const Delivery& delivery, const ConsumerId& consumer, bool auto_ack);
    void letter_sent(std::uint64_t position);
    Life* life_at(std::uint64_t position);
    void ends(const std::string& body);

    // ---- QueueHost ----
    Now now() const override { return {clock_, {wall_offset_ms_ + clock_.ms}}; }
    void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) override;
    void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) override;
    void reply(const RequestTicket& ticket, QueueReplyBody body) override;
    void notify(const ConsumerId&, QueueEvent) override {}
    void dead_letter(const QueueMachine&, MessageRef message, DeathReason reason,
                     std::uint64_t position) override;
    void delay_passed(const QueueMachine&, MessageRef, std::uint64_t) override {}
    RaftPlace propose(const QueueMachine&, const RaftPlace& last) override;
    void request_turn(QueueMachine&) override { turn_wanted_ = true; }
    void request_timer(QueueMachine&, Instant when) override { timer_ = when; }
    void request_log(QueueMachine&) override { log_wanted_ = true; }
    void damage_found(const QueueMachine&, const std::string& text) override;
    void request_delete(QueueMachine&, const RequestTicket&, std::uint64_t) override {}

    // ---- EngineEvents ----
    void durable(storage::CommitNumber) override {}
    void state_changed(storage::EngineState, const std::string&) override {}
    void damage_found(const std::string& text) override;

    Prng random_;
    bool crashes_at_random_;
    bool first_crash_came_ = false;
    bool disk_may_lie_ = false;  // since a call of it has failed
    QueueSettings settings_;
    sim::SimulatedDisk disk_;
    sim::SimulatedLane log_lane_;
    sim::SimulatedLane store_lane_;
    std::unique_ptr<storage::LogEngine> engine_;
    std::unique_ptr<Queue> queue_;
    ObservedLog* log_ = nullptr;
    Instant clock_{1'000'000};
    std::int64_t wall_offset_ms_ = 1'700'000'000'000;
    Instant timer_ = Instant::never();
    bool turn_wanted_ = false;
    bool log_wanted_ = false;

    // Raft, for one voter.
    std::uint64_t term_ = 0;
    RaftPlace proposed_;
    std::map<std::uint64_t, QuorumState> states_;  // by index; from the last durable one on
    struct Wait {
        storage::CommitNumber commit = 0;
        std::uint64_t index = 0;
        std::uint64_t mark = 0;  // of the queue; 0: it does not wait
    };
    std::deque<Wait> waits_;
    std::uint64_t durable_index_ = 0;

    std::map<std::string, Life> lives_;            // by body
    std::map<std::uint64_t, std::string> bodies_;  // by position, ever
    std::deque<std::string> accepted_;             // published, and not logged yet
    std::map<std::uint64_t, Out> out_;             // by delivery index
    std::vector<std::uint64_t> letters_;           // sent off
    bool attaching_ = false;
    std::vector<std::uint64_t> early_letters_;        // sent off while the queue got its log
    std::map<std::uint64_t, std::string> published_;  // by sequence; not confirmed yet
    std::map<ConsumerId, bool> auto_ack_;
    std::map<ConsumerId, Credit> credits_;  // owed
    std::uint64_t sequence_ = 0;
    std::uint32_t consumer_number_ = 0;
    std::vector<ConsumerId> consumers_;
};

}  // namespace warren::broker::testing
