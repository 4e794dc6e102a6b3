#pragma once
// What resource alarms look at, of a running node and the machine it runs on.
#include <string>

#include "app/resource_alarms.h"

namespace warren::app {

class BrokerNode;

class NodeProbe final : public ResourceProbe {
public:
    // The node must outlive this.
    NodeProbe(BrokerNode& node, std::string data_dir);

    std::uint64_t memory_available_bytes() override;
    std::uint64_t memory_used_bytes() override;
    Result<std::uint64_t, std::string> disk_free_bytes() override;
    storage::EngineState storage_state() override;

private:
    BrokerNode& node_;
    std::string data_dir_;
};

}  // namespace warren::app
