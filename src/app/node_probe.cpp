#include "app/node_probe.h"

#include "app/broker_node.h"
#include "app/memory_limits.h"
#include "storage/file_io.h"

namespace warren::app {

NodeProbe::NodeProbe(BrokerNode& node, std::string data_dir)
    : node_(node), data_dir_(std::move(data_dir)) {}

std::uint64_t NodeProbe::memory_available_bytes() {
    return app::available_memory_bytes();
}

std::uint64_t NodeProbe::memory_used_bytes() {
    return app::used_memory_bytes();
}

Result<std::uint64_t, std::string> NodeProbe::disk_free_bytes() {
    const auto free = storage::system_files().free_bytes(data_dir_);
    if (!free) return fail(free.error().text());
    return *free;
}

storage::EngineState NodeProbe::storage_state() {
    return node_.storage_state();
}

}  // namespace warren::app
