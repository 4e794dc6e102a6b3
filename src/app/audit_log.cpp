#include "app/audit_log.h"

#include <chrono>
#include <utility>

namespace warren::app {

namespace {

std::int64_t now_s() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

AuditLog::AuditLog(std::string path, const logging::LogRotation& rotation)
    : file_(std::move(path), rotation) {}

Result<void, std::string> AuditLog::open() {
    return file_.open(now_s());
}

void AuditLog::attach(runtime::Shard& shard) {
    shard_ = &shard;
    lane_.attach(shard);
}

void AuditLog::write(std::string line) {
    shard_->post_from_any_thread(
        [this, line = std::move(line)]() mutable { take(std::move(line)); });
}

void AuditLog::stop() {
    lane_.stop();
    file_.append(std::exchange(gathered_, {}), now_s());
    file_.flush(now_s());
}

void AuditLog::take(std::string line) {
    gathered_ += line;
    gathered_ += '\n';
    if (!lane_works_) write_gathered();
}

// What comes while the lane writes goes with its next piece.
void AuditLog::write_gathered() {
    lane_works_ = !gathered_.empty();
    if (!lane_works_) return;
    lane_.submit(
        [this, lines = std::exchange(gathered_, {})] {
            file_.append(lines, now_s());
            file_.flush(now_s());
        },
        [this] { write_gathered(); });
}

}  // namespace warren::app
