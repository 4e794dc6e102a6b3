// A log under crashes: a random life of it on a simulated disk, crashed at every call that changes
// anything; what is read afterwards is compared with what was written and promised. Seeds are
// printed and replay.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>

#include "base/prng.h"
#include "storage/wal_test_support.h"

namespace warren::storage {
namespace {

using sim::Crash;
using sim::SimulatedDisk;

constexpr std::uint64_t plenty = 1u << 30;

// What is known of a log without looking at its files.
class Model {
public:
    std::uint64_t next_batch() const { return next_batch_; }
    std::uint64_t synced_through() const { return synced_through_; }
    std::uint64_t file() const { return file_; }

    void begin_file() { ++file_; }
    void wrote(std::vector<std::string> texts) {
        batches_[next_batch_++] = {.file = file_, .texts = std::move(texts)};
    }
    void synced() { synced_through_ = next_batch_ - 1; }
    // The call is about to be made: from now on these may be missing.
    void retire(std::uint64_t file) { retired_ = std::max(retired_, file); }

    // The log is what was written, but for an end that was not promised and a start that was not
    // needed. From now on it is what was read.
    void compare(const ReadLog& read) {
        EXPECT_TRUE(read.report.damages.empty())
            << read.report.damages[0].what << " " << read.report.damages[0].place.path << " "
            << read.report.damages[0].place.offset;
        std::uint64_t last = std::max(read.report.last_batch, synced_through_);
        if (read.report.last_batch == 0) last = next_batch_ - 1;
        EXPECT_GE(last, synced_through_);
        EXPECT_LT(last, next_batch_);
        batches_.erase(batches_.upper_bound(last), batches_.end());
        if (read.report.last_batch == 0) {
            std::erase_if(batches_,
                          [&](const auto& batch) { return batch.first > synced_through_; });
        }
        // Whole files from the front may be gone.
        while (!batches_.empty() && !(texts() == read.texts)) {
            const std::uint64_t file = batches_.begin()->second.file;
            ASSERT_LE(file, retired_) << "lost: batch " << batches_.begin()->first;
            std::erase_if(batches_, [&](const auto& batch) { return batch.second.file == file; });
        }
        EXPECT_EQ(texts(), read.texts);
        next_batch_ = read.report.last_batch + 1;
        synced_through_ = read.report.last_batch;
        file_ = read.report.files.empty() ? 0 : read.report.files.back();
        retired_ = 0;
    }

private:
    struct Batch {
        std::uint64_t file = 0;
        std::vector<std::string> texts;
    };
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& [number, batch] : batches_)
            all.insert(all.end(), batch.texts.begin(), batch.texts.end());
        return all;
    }

    std::map<std::uint64_t, Batch> batches_;
    std::uint64_t next_batch_ = 1;
    std::uint64_t synced_through_ = 0;
    std::uint64_t file_ = 0;
    std::uint64_t retired_ = 0;
};

// One process: recovers, then writes until it has done its steps or something fails.
class Life {
public:
    Life(SimulatedDisk& disk, Model& model, std::uint64_t seed)
        : disk_(disk), model_(model), prng_(seed), writer_(disk, log_folder, log_file_bytes) {}

    bool recover() {
        ReadLog read;
        const auto report = read_wal(disk_, log_folder, true, [&](const WalRecord& record) {
            read.texts.emplace_back(as_text(record.payload));
        });
        if (!report) return false;  // the disk has crashed again meanwhile
        read.report = *report;
        model_.compare(read);
        model_.begin_file();
        first_file_ = read.report.files.empty() ? model_.file() : read.report.files.front();
        return true;
    }
    // What is on the disk then is not what a successor would see there, but for a power cycle.
    bool sync_failed() const { return sync_failed_; }
    void run(int steps) {
        for (int step = 0; step < steps && step_succeeds(); ++step)
            continue;
    }

private:
    bool step_succeeds() {
        const std::uint64_t kind = prng_.below(20);
        if (kind < 12) return write();
        if (kind < 17) {
            if (!writer_.sync()) return false;
            model_.synced();
            return true;
        }
        if (kind < 19) {
            if (file_used_) model_.begin_file();
            file_used_ = false;
            return true;
        }
        return retire();
    }

    bool write() {
        WalBatch batch;
        std::vector<std::string> texts;
        for (std::uint64_t count = 1 + prng_.below(4); count != 0; --count) {
            const std::uint64_t bytes = prng_.below(8) == 0 ? prng_.below(2000) : prng_.below(100);
            texts.push_back(std::to_string(prng_.next()) + std::string(bytes, 'x'));
            add_text(batch, texts.back());
        }
        batch.seal(model_.file(), model_.next_batch(), model_.synced_through());
        file_used_ = true;
        // Known before the call: what it was to write may be there although it fails.
        model_.wrote(std::move(texts));
        if (prng_.below(8) == 0) disk_.set_capacity(disk_.used_bytes() + prng_.below(100));
        auto written = writer_.write(batch, model_.file());
        disk_.set_capacity(plenty);
        if (!written && written.error().disk_full()) written = writer_.write(batch, model_.file());
        return written.has_value();
    }

    bool retire() {
        const std::uint64_t files = model_.file() - first_file_;
        if (files == 0) return true;
        // Only what is known to be safe elsewhere may go: here, what has been synced.
        if (!writer_.sync()) return false;
        model_.synced();
        first_file_ += 1 + prng_.below(files);
        model_.retire(first_file_ - 1);
        // A file that cannot go now goes with the next ones, or never.
        if (prng_.below(4) == 0)
            disk_.add_fault({.path_part = log_folder, .skip = prng_.below(6), .code = EIO});
        const auto retired = writer_.retire(first_file_ - 1);
        disk_.clear_faults();
        if (!retired && !disk_.is_off()) sync_failed_ = !writer_.sync();
        return retired || !(disk_.is_off() || sync_failed_);
    }

    SimulatedDisk& disk_;
    Model& model_;
    Prng prng_;
    WalWriter writer_;
    std::uint64_t first_file_ = 1;
    bool file_used_ = false;
    bool sync_failed_ = false;
};

// Three lives, each ended by a crash (the second perhaps while it recovers), and a look at the end.
// Returns whether the first crash has come.
bool survives(std::uint64_t seed, std::uint64_t first_crash, std::uint64_t second_crash) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", crashes at " + std::to_string(first_crash) +
                 " and " + std::to_string(second_crash));
    SimulatedDisk disk(seed);
    EXPECT_TRUE(disk.create_folder(log_folder));
    Model model;
    Prng prng(seed);
    bool first_has_come = false;
    for (const std::uint64_t crash : {first_crash, second_crash, std::uint64_t{0}}) {
        Life life(disk, model, prng.next());
        const Crash kind = prng.below(4) == 0 ? Crash::process_kill : Crash::power_loss;
        if (crash != 0) disk.crash_at(crash, kind);
        if (life.recover()) life.run(40);
        if (crash == first_crash) first_has_come = disk.is_off();
        disk.restart(life.sync_failed() ? Crash::power_loss : kind);
    }
    Life last(disk, model, 0);
    EXPECT_TRUE(last.recover());
    return first_has_come;
}

TEST(wal_crash, nothing_promised_is_lost_and_nothing_else_comes_back) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Prng prng(seed ^ 0x5eed);
        for (std::uint64_t call = 1; survives(seed, call, 1 + prng.below(30)); ++call)
            if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace warren::storage
