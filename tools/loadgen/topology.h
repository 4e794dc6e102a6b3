#pragma once
// Declares the queues, the exchange and the bindings of a run over a connection of its own, counts
// what lies in the queues, and removes everything in the end.
#include <cstdint>
#include <string>
#include <string_view>

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
    std::string queue_declaration(unsigned index) const;
    std::string binding(unsigned queue, std::string_view key) const;
    // Sends what request(index) says, from 0 to `count`, in batches, and waits for the answers.
    template <typename Request>
    void ask_for_all(unsigned count, Method answer, Request&& request);

    const Options& options_;
    ControlClient client_;
};

}  // namespace loadgen
