#include "topology_churn.h"

namespace crash {

TopologyChurn::TopologyChurn(const loadgen::Target& target, TopologyRecord& record, Random random,
                             Faults& faults)
    : Session(target, "topology", faults), record_(record), random_(random) {}

void TopologyChurn::work() {
    if (over() || record_.in_doubt) return;
    record_.in_doubt = record_.known.choose_change(random_, ++record_.generation);
    out_ += record_.in_doubt->frame();
}

void TopologyChurn::on_method(loadgen::Method method, std::string_view) {
    if (!record_.in_doubt || method != record_.in_doubt->answer()) return;
    record_.known.apply(*record_.in_doubt);
    record_.in_doubt.reset();
}

}  // namespace crash
