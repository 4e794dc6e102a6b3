#include "app/shard_storage.h"

#include <fmt/format.h>

#include <chrono>

#include "base/log.h"

namespace warren::app {

namespace {

void log_recovery(unsigned shard, const storage::RecoveryReport& report, std::int64_t ms) {
    for (const std::string& note : report.notes)
        log::warning(log::general, "storage of shard {}: {}", shard, note);
    if (report.log_bytes == 0 && report.segments == 0) return;
    log::info(log::general,
              "storage of shard {}: {} messages recovered in {} ms from {} bytes of log and {} "
              "segments; the node was {}",
              shard, report.entries, ms, report.log_bytes, report.segments,
              report.stopped_in_order ? "stopped in order" : "not stopped in order");
}

}  // namespace

ShardStorage::ShardStorage(runtime::Shard& shard)
    : shard_(shard),
      log_lane_(fmt::format("warren-log-{}", shard.id().value)),
      store_lane_(fmt::format("warren-store-{}", shard.id().value)) {}

Result<void, std::string> ShardStorage::open(storage::FileIo& io, const std::string& folder,
                                             const config::Storage& config,
                                             cluster::ShardNode& node) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    log_lane_.attach(shard_);
    store_lane_.attach(shard_);
    storage::LogEngineOptions options;
    options.folder = folder;
    options.wal_file_bytes = config.wal_file_bytes;
    options.wal_bytes_max = config.wal_bytes_max;
    options.unflushed_bytes_max = config.unflushed_bytes_max;
    options.written_is_durable = config.confirm_before_sync;
    auto engine = storage::LogEngine::open(std::move(options), io, log_lane_, store_lane_,
                                           node.storage_events());
    if (!engine) return fail(std::move(engine.error()));
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    log_recovery(shard_.id().value, (*engine)->recovery(), spent.count());
    node.use_storage(std::move(*engine), {.embed_bytes_max = config.embed_bytes_max});
    return {};
}

void ShardStorage::stop_lanes() {
    log_lane_.stop();
    store_lane_.stop();
}

}  // namespace warren::app
