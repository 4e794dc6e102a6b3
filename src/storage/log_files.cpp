#include "storage/log_files.h"

namespace warren::storage {

std::uint64_t LogFiles::live_bytes() const {
    std::uint64_t bytes = 0;
    for (const LoggedFile& file : files_)
        if (file.closed) bytes += file.live_bytes();
    return bytes;
}

std::uint64_t LogFiles::last_to_retire(std::uint64_t closed_bytes_max, std::uint64_t live_bytes_max,
                                       std::uint64_t batch_bytes) const {
    std::uint64_t closed_left = closed_bytes_;
    std::uint64_t live_left = live_bytes();
    std::uint64_t moved = 0;
    std::uint64_t last = 0;
    for (const LoggedFile& file : files_) {
        if (!file.closed || moved >= batch_bytes) break;
        if (closed_left <= closed_bytes_max && live_left <= live_bytes_max) break;
        closed_left -= file.bytes;
        live_left -= std::min(live_left, file.live_bytes());
        moved += file.live_bytes();
        last = file.number;
    }
    return last;
}

std::uint64_t LogFiles::last_dead() const {
    std::uint64_t last = 0;
    for (const LoggedFile& file : files_) {
        if (!file.closed || file.live != 0) break;
        last = file.number;
    }
    return last;
}

void LogFiles::retire(std::uint64_t through) {
    while (!files_.empty() && oldest_ <= through) {
        ENSURE(files_.front().closed);
        closed_bytes_ -= files_.front().bytes;
        files_.pop_front();
        ++oldest_;
    }
}

}  // namespace warren::storage
