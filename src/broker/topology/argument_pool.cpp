#include "broker/topology/argument_pool.h"

#include <utility>

namespace warren::broker {

SharedArguments ArgumentPool::share(amqp091::FieldTable table) {
    if (tables_.size() >= sweep_at_) sweep();
    auto& known = tables_[table.encode()];
    if (SharedArguments alive = known.lock()) return alive;
    auto made = std::make_shared<const amqp091::FieldTable>(std::move(table));
    known = made;
    return made;
}

SharedArguments ArgumentPool::find(const amqp091::FieldTable& table) const {
    auto known = tables_.find(table.encode());
    return known == tables_.end() ? nullptr : known->second.lock();
}

// Entries of tables that are gone are dropped when the pool has doubled since the last look, so
// that their cost is spread over what was shared since.
void ArgumentPool::sweep() {
    std::erase_if(tables_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(sweep_entries_min, 2 * tables_.size());
}

}  // namespace warren::broker
