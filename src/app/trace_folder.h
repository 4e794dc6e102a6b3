#pragma once
// The files of traces in a folder (tracing.dir). They are written on a thread of its own, which is
// there from the first entry on: who never traces does not pay for it.
#include <string>
#include <vector>

#include "app/storage_lanes.h"
#include "http/traces/trace_files.h"
#include "runtime/shard.h"

namespace warren::app {

class TraceFolder final : public http::TraceFiles {
public:
    // On `shard`, which outlives it. The folder need not be there yet.
    TraceFolder(std::string path, runtime::Shard& shard) : path_(std::move(path)), shard_(shard) {}
    // When the shard's loop has ended, on another thread: waits for what is being written.
    ~TraceFolder() { lane_.stop(); }
    TraceFolder(const TraceFolder&) = delete;
    TraceFolder& operator=(const TraceFolder&) = delete;

    void append(const std::string& name, std::string text,
                std::move_only_function<void(Appended)> then) override;
    std::vector<http::TraceFile> list() const override;
    std::optional<http::BodySource> read(const std::string& name) const override;
    bool remove(const std::string& name) override;

private:
    std::string path_of(const std::string& name) const { return path_ + "/" + name; }

    const std::string path_;
    runtime::Shard& shard_;
    StorageLane lane_{"warren-traces"};
    bool lane_works_ = false;
};

}  // namespace warren::app
