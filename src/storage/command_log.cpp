#include "storage/command_log.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/ensure.h"
#include "storage/command_files.h"
#include "storage/group_commit.h"

namespace warren::storage {

namespace {

constexpr std::int64_t fold_retry_ms = 60'000;

// More files than that were left by many short lives.
constexpr std::size_t recovered_files_max = 4;

constexpr const char* unknown_names_text =
    ": it is not known what is on the disk, so nothing is written any more until the node is "
    "started again";
constexpr const char* fold_later_text =
    ": the log cannot be made shorter; nothing is lost, and it is tried again later";

std::string damage_text(const std::vector<WalDamage>& damages) {
    const WalDamage& first = damages.front();
    std::string text = first.place.path + ", offset " + std::to_string(first.place.offset) + ", " +
                       std::to_string(first.bytes) + " bytes: " + first.what;
    if (damages.size() > 1) text += "; and " + std::to_string(damages.size() - 1) + " more";
    return text;
}

// Reads what is to be folded, folds it and writes the snapshot. On the lane.
struct FoldJob {
    FileIo& io;
    std::string folder;
    CommandLog::Fold fold;
    std::uint64_t through = 0;  // log file
    // The outcome.
    std::uint64_t snapshot_bytes = 0;
    std::string failure{};  // empty: none
    bool names_unknown = false;

    void run() {
        const auto stored = read_commands(io, folder, false, through);
        if (!stored) {
            failure = stored.error().text();
            return;
        }
        if (!stored->damages.empty()) {
            failure = damage_text(stored->damages);
            return;
        }
        const auto written = write_snapshot(io, folder, through, fold(stored->commands));
        if (!written) {
            failure = written.error().error.text();
            names_unknown = written.error().names_unknown;
            return;
        }
        snapshot_bytes = *written;
        remove_older_snapshots(io, folder, through);
    }
};

class FoldingCommandLog final : public CommandLog, private CommitEvents {
public:
    FoldingCommandLog(CommandLogOptions options, FileIo& io, Background& lane,
                      CommandLogEvents& events, Fold fold, const StoredCommands& stored)
        : options_(std::move(options)),
          io_(io),
          lane_(lane),
          events_(events),
          fold_(std::move(fold)),
          commit_({.folder = options_.folder,
                   .file_bytes = options_.file_bytes,
                   .lazy_sync_ms = options_.lazy_sync_ms,
                   .first_file = stored.last_file() + 1,
                   .first_batch = stored.log.last_batch + 1},
                  io, lane, *this),
          closed_file_(stored.log.files.empty() ? 0 : stored.log.files.back()),
          closed_bytes_(stored.log_bytes),
          snapshot_bytes_(stored.snapshot_bytes),
          many_files_(stored.log.files.size() > recovered_files_max) {}

    std::uint64_t append(ByteView command) override {
        ++last_index_;
        if (!failed_) add_command(commit_.gathering(), command);
        return last_index_;
    }
    void end_turn(Instant now, bool sync) override;
    std::uint64_t durable_through() const override { return durable_through_; }
    Instant next_deadline() const override {
        return failed_ ? Instant::never() : commit_.next_deadline();
    }
    void stop(std::move_only_function<void()> done) override;

private:
    struct BatchEnd {
        std::uint64_t batch = 0;
        std::uint64_t last_index = 0;
    };

    void batch_durable(CommitNumber through) override;
    void file_closed(std::uint64_t file_number, std::uint64_t bytes) override;
    void commit_state_changed(EngineState state, const std::string& text) override;

    void hand_over(bool sync);
    bool fold_is_due() const;
    void begin_fold();
    void folded(const FoldJob& job, std::uint64_t bytes);
    void fail_with(const std::string& text);
    void go_round();
    void go_on_stopping();

    const CommandLogOptions options_;
    FileIo& io_;
    Background& lane_;
    CommandLogEvents& events_;
    const Fold fold_;
    GroupCommit commit_;
    Instant now_{};
    bool failed_ = false;

    std::uint64_t last_index_ = 0;
    std::uint64_t handed_over_ = 0;  // through this index
    std::uint64_t durable_through_ = 0;
    std::deque<BatchEnd> on_their_way_;

    std::uint64_t closed_file_;   // the last one that is full; 0: none
    std::uint64_t closed_bytes_;  // in such files, since the snapshot
    std::uint64_t snapshot_bytes_;
    bool many_files_;
    bool folding_ = false;
    Instant fold_not_before_{INT64_MIN};

    std::move_only_function<void()> stopped_;
    bool stop_tried_again_ = false;
    bool stop_last_round_ = false;
};

void FoldingCommandLog::end_turn(Instant now, bool sync) {
    now_ = now;
    if (failed_) return;
    hand_over(sync);
    if (fold_is_due()) begin_fold();
}

void FoldingCommandLog::hand_over(bool sync) {
    if (sync) commit_.want_sync();
    const CommitNumber gathering = commit_.gathering_number();
    commit_.end_turn(now_);
    if (commit_.gathering_number() == gathering) return;
    on_their_way_.push_back({.batch = gathering, .last_index = last_index_});
}

void FoldingCommandLog::batch_durable(CommitNumber through) {
    if (failed_) return;
    const std::uint64_t before = durable_through_;
    for (; !on_their_way_.empty() && on_their_way_.front().batch <= through;
         on_their_way_.pop_front())
        durable_through_ = on_their_way_.front().last_index;
    if (durable_through_ != before) events_.commands_durable(durable_through_);
}

void FoldingCommandLog::file_closed(std::uint64_t file_number, std::uint64_t bytes) {
    closed_file_ = file_number;
    closed_bytes_ += bytes;
}

void FoldingCommandLog::commit_state_changed(EngineState state, const std::string& text) {
    if (state == EngineState::failed)
        fail_with(text);
    else
        events_.command_log_notice("metadata: " + text);
}

void FoldingCommandLog::fail_with(const std::string& text) {
    if (std::exchange(failed_, true)) return;
    events_.command_log_failed("metadata: " + text);
}

bool FoldingCommandLog::fold_is_due() const {
    const bool grown = closed_bytes_ >= std::max(options_.fold_bytes_min, snapshot_bytes_);
    return (grown || many_files_) && closed_file_ != 0 && !folding_ && !stopped_ && !failed_ &&
           now_ >= fold_not_before_;
}

void FoldingCommandLog::begin_fold() {
    folding_ = true;
    auto job = std::make_shared<FoldJob>(
        FoldJob{.io = io_, .folder = options_.folder, .fold = fold_, .through = closed_file_});
    lane_.submit([job] { job->run(); },
                 [this, job, bytes = closed_bytes_] { folded(*job, bytes); });
}

void FoldingCommandLog::folded(const FoldJob& job, std::uint64_t bytes) {
    folding_ = false;
    lane_.release_memory();
    if (job.failure.empty()) {
        closed_bytes_ -= bytes;
        snapshot_bytes_ = job.snapshot_bytes;
        many_files_ = false;
        if (!failed_) commit_.retire(job.through);
        return;
    }
    if (job.names_unknown) {
        fail_with(job.failure + unknown_names_text);
        return;
    }
    fold_not_before_ = now_.plus_ms(fold_retry_ms);
    events_.command_log_notice("metadata: " + job.failure + fold_later_text);
}

void FoldingCommandLog::stop(std::move_only_function<void()> done) {
    stopped_ = std::move(done);
    go_round();
}

void FoldingCommandLog::go_round() {
    lane_.submit([] {}, [this] { go_on_stopping(); });
}

// Once around the lane at a time, until nothing was left on it for a whole round. A full disk is
// tried once more: what waits for it was promised to nobody.
void FoldingCommandLog::go_on_stopping() {
    const bool disk_full = commit_.state() == EngineState::disk_full;
    const bool hopeless = failed_ || (disk_full && stop_tried_again_);
    if (!folding_ && !commit_.in_flight() && (hopeless || commit_.idle())) {
        if (std::exchange(stop_last_round_, true)) return std::exchange(stopped_, nullptr)();
        return go_round();
    }
    stop_last_round_ = false;
    if (disk_full) {
        stop_tried_again_ = true;
        now_ = std::max(now_, commit_.next_deadline());
    }
    if (!hopeless) hand_over(true);
    go_round();
}

std::string damage_error(const std::string& folder, const std::vector<WalDamage>& damages) {
    return "the metadata is damaged: " + damage_text(damages) +
           ". Without all of it nobody knows which messages belong to which queue, so the node "
           "does "
           "not start. Bring back the folder " +
           folder + " from a backup; warrenmq-server --check-data lists what is damaged";
}

}  // namespace

Result<std::unique_ptr<CommandLog>, std::string> CommandLog::open(CommandLogOptions options,
                                                                  FileIo& io, Background& lane,
                                                                  CommandLogEvents& events,
                                                                  Fold fold, Recovered& recovered) {
    if (auto created = io.create_folder(options.folder); !created)
        return fail(created.error().text());
    auto stored = read_commands(io, options.folder, true);
    if (!stored) return fail(stored.error().text());
    if (!stored->damages.empty()) return fail(damage_error(options.folder, stored->damages));
    if (stored->log.tail_cut)
        recovered.notes.push_back(
            "metadata: " + std::to_string(stored->log.tail_bytes) + " bytes at the end of " +
            stored->log.tail.path + ", from offset " + std::to_string(stored->log.tail.offset) +
            ", were being written when the machine stopped and are cut off; nothing that was "
            "confirmed is lost");
    recovered.commands = std::move(stored->commands);
    return std::make_unique<FoldingCommandLog>(std::move(options), io, lane, events,
                                               std::move(fold), *stored);
}

}  // namespace warren::storage
