#pragma once
// A log engine with all that it needs around it: a simulated disk, lanes that are worked off by
// hand, a clock, and queues that check what they get. Sizes are tiny, so that a few dozen messages
// fill files, retire them and copy them.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/entry_ledger.h"
#include "tests/sim/model_queue.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::sim {

storage::LogEngineOptions tiny_engine_options();

class EngineRig final : private storage::EngineEvents {
public:
    explicit EngineRig(std::uint64_t seed,
                       storage::LogEngineOptions options = tiny_engine_options())
        : disk(seed), options_(std::move(options)) {}
    ~EngineRig() { end_process(); }
    EngineRig(const EngineRig&) = delete;
    EngineRig& operator=(const EngineRig&) = delete;

    // ---- the life of a process ----
    // Starts the engine and all queues. The error says why it cannot; what was known of the queues
    // is gone then.
    Result<void, std::string> start();
    // Starts twice: the first time to see all that is there and let the ledger judge it; the second
    // time to go on from there. Both must find the same.
    Result<void, std::string> start_and_judge();
    bool runs() const { return engine_ != nullptr; }
    // The process is gone, with all that its lanes had before them; the disk stays as it is.
    void end_process();
    // The same, and the disk makes of it what it does.
    void crash(Crash crash);
    // Stops in good order, and ends the process then. `delivered`: how far each queue says it is.
    void stop(const std::map<QueueId, std::uint64_t>& delivered = {});

    // ---- on the shard ----
    storage::LogEngine& engine() { return *engine_; }
    ModelQueue& queue(QueueId id) { return *queues_.at(id); }
    ModelQueue& queue(std::uint64_t id) { return queue(QueueId{id}); }
    const std::map<QueueId, std::unique_ptr<ModelQueue>>& queues() const { return queues_; }
    ModelQueue& add_queue(std::uint64_t id);
    void remove_queue(QueueId id);
    storage::CommitNumber end_turn(bool sync);

    // ---- time ----
    Instant now() const { return now_; }
    void pass(std::int64_t ms) { now_ = now_.plus_ms(ms); }
    // Turns go on, and lanes work, for so long; as often as the engine wants it and a little more.
    void run_for(std::int64_t ms);
    // Until the lanes have nothing to do.
    void run_lanes();
    // A turn that is synced, and all that comes of it.
    void commit();
    // A queue takes, settles or puts in order whatever it can until nothing is left to do.
    void check_queues() const;

    // ---- what was seen ----
    storage::CommitNumber durable_through() const { return durable_; }
    // Certainly in the log's file, though perhaps not synced.
    storage::CommitNumber written_through() const;
    storage::EngineState told_state() const { return told_state_; }
    const std::vector<std::string>& told() const { return told_; }
    const std::vector<std::string>& damages() const { return damages_; }
    std::vector<std::string> segment_paths();
    std::string describe_disk();
    std::uint64_t files_in(const std::string& part);  // "wal", "segments"
    std::uint64_t bytes_in(const std::string& part);

    SimulatedDisk disk;
    SimulatedLane log_lane;
    SimulatedLane store_lane;
    EntryLedger ledger;

private:
    void durable(storage::CommitNumber through) override;
    void state_changed(storage::EngineState state, const std::string& text) override;
    void damage_found(const std::string& text) override;

    Result<void, std::string> open();
    void check_stop() const;

    const storage::LogEngineOptions options_;
    std::unique_ptr<storage::LogEngine> engine_;
    std::map<QueueId, std::unique_ptr<ModelQueue>> queues_;
    std::vector<QueueId> existing_;
    // What the next start is to say, if the last process has stopped in good order.
    std::optional<std::map<QueueId, std::uint64_t>> delivered_;
    Instant now_{1'000'000};
    storage::CommitNumber opened_at_ = 0;
    storage::CommitNumber durable_ = 0;
    storage::CommitNumber promised_ = 0;  // when the process ended
    storage::CommitNumber last_commit_ = 0;
    storage::EngineState told_state_ = storage::EngineState::healthy;
    std::vector<std::string> told_;
    std::vector<std::string> damages_;
};

}  // namespace warren::sim
