#pragma once
// Changes the topology step by step while messages flow. A change counts once it was answered; the
// one that was under way when the server ended may count or not.
#include <optional>

#include "session.h"
#include "topology_state.h"

namespace crash {

struct TopologyRecord {
    TopologyState known;
    std::optional<TopologyChange> in_doubt;
    std::uint64_t generation = 0;
};

class TopologyChurn final : public Session {
public:
    TopologyChurn(const loadgen::Target& target, TopologyRecord& record, Random random,
                  Faults& faults);
    void work() override;

private:
    void on_method(loadgen::Method method, std::string_view arguments) override;

    TopologyRecord& record_;
    Random random_;
};

}  // namespace crash
