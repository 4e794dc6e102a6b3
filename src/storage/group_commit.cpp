#include "storage/group_commit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ensure.h"

namespace warren::storage {

namespace {
constexpr std::int64_t retry_ms = 1000;
}

struct GroupCommit::Flight {
    WalBatch batch;  // empty: only a sync
    CommitNumber number = 0;
    std::uint64_t file_number = 0;
    CommitNumber synced_through = 0;
    bool sync = false;
    bool written = false;
    std::uint64_t closes_at = 0;  // not 0: the file is full then, of so many bytes
    std::optional<IoError> error;

    // On the lane.
    void fly(WalWriter& writer) {
        error.reset();
        if (!batch.empty() && !written) {
            batch.seal(file_number, number, synced_through);
            if (auto done = writer.write(batch, file_number); !done) {
                error = std::move(done.error());
                return;
            }
            written = true;
        }
        if (!sync) return;
        if (auto done = writer.sync(); !done) error = std::move(done.error());
    }
};

GroupCommit::GroupCommit(GroupCommitOptions options, FileIo& io, Background& lane,
                         CommitEvents& events)
    : options_(std::move(options)),
      lane_(lane),
      events_(events),
      writer_(std::make_shared<WalWriter>(io, options_.folder, options_.file_bytes)),
      flight_(std::make_shared<Flight>()),
      gathering_number_(options_.first_batch),
      file_number_(options_.first_file),
      file_bytes_(wal_file_header_bytes()),
      written_(options_.first_batch - 1),
      durable_(options_.first_batch - 1) {}

bool GroupCommit::idle() const {
    if (busy_) return false;
    return state_ == EngineState::failed ||
           (gathering_.empty() && !retrying_ && written_ == durable_);
}

void GroupCommit::end_turn(Instant now) {
    now_ = now;
    if (state_ == EngineState::failed) {
        gathering_.clear();
        return;
    }
    if (busy_) return;
    if (retrying_) {
        if (now >= retry_at_) submit(flight_->sync);
    } else if (!gathering_.empty()) {
        begin_batch();
    } else if (std::exchange(sync_wanted_, false) || now >= lazy_sync_at_) {
        if (written_ != durable_) submit(true);
    }
    // A batch that waits for space is synced with the rest when it has landed.
    deadline_ = busy_ || retrying_ ? retry_at_ : lazy_sync_at_;
}

// What has gathered takes off; the next batch goes to a new file if this one is full then.
void GroupCommit::begin_batch() {
    std::swap(flight_->batch, gathering_);
    gathering_.clear();
    flight_->number = gathering_number_++;
    flight_->file_number = file_number_;
    flight_->written = false;
    in_flight_bytes_ = flight_->batch.bytes();
    file_bytes_ += in_flight_bytes_;
    flight_->closes_at = 0;
    if (file_bytes_ >= options_.file_bytes) {
        flight_->closes_at = std::exchange(file_bytes_, wal_file_header_bytes());
        ++file_number_;
    }
    submit(std::exchange(sync_wanted_, false) || now_ >= lazy_sync_at_);
}

void GroupCommit::submit(bool sync) {
    busy_ = true;
    retry_at_ = Instant::never();
    flight_->sync = sync;
    flight_->synced_through = durable_;
    lane_.submit([flight = flight_, writer = writer_] { flight->fly(*writer); },
                 [this, flight = flight_] { landed(*flight); });
}

void GroupCommit::landed(Flight& flight) {
    busy_ = false;
    retrying_ = false;
    if (state_ == EngineState::failed) return flight.batch.clear();
    if (flight.error) {
        if (flight.error->disk_full() && !flight.written)
            wait_for_space(*flight.error);
        else
            fail_with(*flight.error);
        return;
    }
    if (!flight.batch.empty()) {
        written_ = flight.number;
        ++batches_;
        written_bytes_ += std::exchange(in_flight_bytes_, 0);
        events_.batch_written(written_);
        if (flight.closes_at != 0) events_.file_closed(flight.file_number, flight.closes_at);
    }
    flight.batch.clear();
    if (std::exchange(state_, EngineState::healthy) == EngineState::disk_full)
        events_.commit_state_changed(state_, "there is space on the disk again: writing goes on");
    if (flight.sync) {
        ++syncs_;
        durable_ = written_;
        lazy_sync_at_ = Instant::never();
        events_.batch_durable(durable_);
    } else if (lazy_sync_at_ == Instant::never()) {
        lazy_sync_at_ = now_.plus_ms(options_.lazy_sync_ms);
    }
    deadline_ = std::min(deadline_, lazy_sync_at_);
}

void GroupCommit::wait_for_space(const IoError& error) {
    retrying_ = true;
    retry_at_ = now_.plus_ms(retry_ms);
    deadline_ = retry_at_;
    if (std::exchange(state_, EngineState::disk_full) != EngineState::disk_full)
        events_.commit_state_changed(
            state_, error.text() +
                        ": messages wait in memory and are not confirmed until there "
                        "is space; tried again each second");
}

void GroupCommit::fail_with(const IoError& error) {
    if (std::exchange(state_, EngineState::failed) == EngineState::failed) return;
    in_flight_bytes_ = 0;
    retry_at_ = lazy_sync_at_ = deadline_ = Instant::never();
    if (!busy_) flight_->batch.clear();
    gathering_.clear();
    events_.commit_state_changed(
        state_, error.text() +
                    ": it is not known what is on the disk, so nothing is written or "
                    "confirmed any more until the node is started again");
}

void GroupCommit::retire(std::uint64_t file_number) {
    ENSURE(file_number < file_number_);
    if (state_ == EngineState::failed) return;
    // What cannot be removed now is removed at the next start.
    lane_.submit([writer = writer_, file_number] { (void)writer->retire(file_number); }, [] {});
}

}  // namespace warren::storage
