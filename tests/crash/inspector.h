#pragma once
// Looks at the topology of a server: is there what must be there, as it was declared?
#include "plan.h"
#include "session.h"
#include "topology_churn.h"

namespace crash {

class Inspector final : public Session {
public:
    Inspector(const loadgen::Target& target, Faults& faults)
        : Session(target, "topology", faults) {}

    // Declares what the run works on. With `must_exist` nothing may be new.
    void declare_plan(const Plan& plan, bool must_exist);
    // Compares with what is known, and settles what was in doubt.
    void verify(TopologyRecord& record);

private:
    void on_delivery(Delivery& delivery) override;
    // Asks; a refusal and a missing answer are faults.
    void demand(const std::string& frame, loadgen::Method answer, const std::string& what);
    bool exists(const std::string& passive_declare, loadgen::Method answer);
    // As the server shows it, supposing it agrees with `expected`; else what differs.
    TopologyState observe(const TopologyRecord& record);
    bool is_as_declared(TopologyChange declaration);
    void observe_bindings(TopologyState& state);

    std::set<std::string> returned_;  // bodies of probes that reached no queue
};

}  // namespace crash
