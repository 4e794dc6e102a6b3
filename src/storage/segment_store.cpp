#include "storage/segment_store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/ensure.h"

namespace warren::storage {

namespace {
constexpr std::size_t handles_max = 32;
// So many small files are let be.
constexpr std::size_t small_files_min = 8;
}  // namespace

SegmentStore::SegmentStore(FileIo& io, std::string folder, Background& lane, SettlementClock& clock,
                           std::uint64_t next_number, Failed failed)
    : io_(io),
      folder_(std::move(folder)),
      lane_(lane),
      clock_(clock),
      next_number_(next_number),
      failed_(std::move(failed)) {}

void SegmentStore::add(std::uint64_t number, std::uint64_t bytes, std::uint64_t entries) {
    const bool added =
        files_.emplace(number, FileState{bytes, entries, entries, 0, false, {}}).second;
    ENSURE(added);
    bytes_ += bytes;
    if (entries == 0) settled(number, 0);
}

void SegmentStore::settled(std::uint64_t number, std::uint64_t entries) {
    const auto found = files_.find(number);
    ENSURE(found != files_.end() && found->second.live >= entries);
    FileState& file = found->second;
    file.live -= entries;
    if (file.live != 0 || file.damaged) return;
    bytes_ -= file.bytes;
    files_.erase(found);
    std::erase_if(handles_, [&](const Handle& handle) { return handle.number == number; });
    doomed_.push_back({number, clock_.settled_by()});
    if (!removing_) remove_doomed();
}

void SegmentStore::remember(std::uint64_t number, DeadRun dead) {
    if (const auto found = files_.find(number); found != files_.end())
        found->second.dead_runs.push_back(std::move(dead));
}

bool SegmentStore::keep_damaged(std::uint64_t number) {
    const auto found = files_.find(number);
    return found != files_.end() && !std::exchange(found->second.damaged, true);
}

Result<SegmentFile*, SegmentFault> SegmentStore::open(std::uint64_t number) {
    for (Handle& handle : handles_)
        if (handle.number == number) {
            handle.last_use = ++uses_;
            return handle.file.get();
        }
    auto opened = SegmentFile::open(io_, path_of(number));
    if (!opened) return fail(std::move(opened.error()));
    if (handles_.size() == handles_max)
        handles_.erase(std::ranges::min_element(handles_, {}, &Handle::last_use));
    handles_.push_back({number, ++uses_, std::move(*opened)});
    return handles_.back().file.get();
}

void SegmentStore::after_removals(Background::Work done) {
    waiting_.push_back({doomed_.empty() ? 0 : doomed_.back().settled_by, std::move(done)});
    if (!removing_) remove_doomed();
}

// What dies while the lane is at it waits for the next round, so that a thousand files cost one
// sync of the folder.
void SegmentStore::remove_doomed() {
    if (cannot_remove_) return;
    auto numbers = take_doomed();
    auto waiting = take_waiting();
    if (!waiting_.empty()) clock_.want_safety();
    if (numbers.empty() && waiting.empty()) return;
    removing_ = true;
    auto error = std::make_shared<std::optional<IoError>>();
    auto work = [&io = io_, folder = folder_, error, numbers = std::move(numbers)] {
        *error = remove_files(io, folder, numbers);
    };
    auto done = [this, error, waiting = std::move(waiting)]() mutable {
        removing_ = false;
        if (*error) {
            cannot_remove_ = true;
            return failed_(**error);
        }
        remove_doomed();
        for (auto& call : waiting)
            call();
    };
    lane_.submit(std::move(work), std::move(done));
}

std::vector<std::uint64_t> SegmentStore::take_doomed() {
    std::vector<std::uint64_t> numbers;
    for (; !doomed_.empty() && clock_.is_safe(doomed_.front().settled_by); doomed_.pop_front())
        numbers.push_back(doomed_.front().number);
    return numbers;
}

std::vector<Background::Work> SegmentStore::take_waiting() {
    std::vector<Background::Work> calls;
    for (; !waiting_.empty() &&
           (doomed_.empty() || doomed_.front().settled_by > waiting_.front().settled_by);
         waiting_.pop_front())
        calls.push_back(std::move(waiting_.front().done));
    return calls;
}

std::optional<IoError> SegmentStore::remove_files(FileIo& io, const std::string& folder,
                                                  std::span<const std::uint64_t> numbers) {
    if (numbers.empty()) return std::nullopt;
    for (const std::uint64_t number : numbers) {
        const auto removed = io.remove(segment_path(folder, number));
        if (!removed && removed.error().code != ENOENT) return removed.error();
    }
    const auto synced = io.sync_folder(folder);
    if (!synced) return synced.error();
    return std::nullopt;
}

std::vector<std::uint64_t> SegmentStore::worth_copying(std::uint64_t small_bytes,
                                                       std::uint64_t bytes_max) {
    std::vector<std::uint64_t> sparse, small;
    std::uint64_t sparse_bytes = 0, small_files_bytes = 0, gained = 0;
    for (auto& [number, file] : files_) {
        const bool moves = file.moves() || file.live_at_last_look == 0;
        file.live_at_last_look = file.live;
        if (file.damaged || moves) continue;
        const std::uint64_t live_bytes = file.live_bytes();
        if (live_bytes * 2 < file.bytes && sparse_bytes + live_bytes <= bytes_max) {
            sparse.push_back(number);
            sparse_bytes += live_bytes;
            gained += file.bytes - live_bytes;
        }
        if (file.bytes <= small_bytes && small_files_bytes + live_bytes <= bytes_max) {
            small.push_back(number);
            small_files_bytes += live_bytes;
        }
    }
    if (small.size() > small_files_min) return small;
    // A small file with a few dead entries is not worth a new one.
    return gained >= small_bytes ? sparse : std::vector<std::uint64_t>();
}

}  // namespace warren::storage
