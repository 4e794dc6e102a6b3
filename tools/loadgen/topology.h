#pragma once
// Declares the queues, the exchange and the bindings of a run over a connection of its own, counts
// what lies in the queues, and removes everything in the end.
#include <cstdint>

#include "control_client.h"
#include "options.h"

namespace loadgen {

class Topology {
public:
    explicit Topology(const Options& options);

    // Starts from nothing: what another run has left behind under these names is deleted first.
    void declare();
    void remove();
    // Ready messages over all queues.
    std::uint64_t ready_messages();
    const std::string& product() const { return client_.product(); }

private:
    void declare_queue(unsigned index);
    void bind_queue(unsigned index);

    const Options& options_;
    ControlClient client_;
};

}  // namespace loadgen
