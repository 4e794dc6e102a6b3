#include "cluster/queue_table.h"

#include <utility>

#include "base/ensure.h"

namespace warren::cluster {

using broker::QueueMachine;
using broker::QueuePast;
using broker::Rest;

QueueMachine& QueueTable::wake(std::unique_ptr<QueueMachine> machine) {
    const QueueId id = machine->id();
    pasts_.erase(id);
    const auto [place, is_new] = awake_.emplace(id, std::move(machine));
    ENSURE(is_new);
    looked_at_.push_back(id);
    return *place->second;
}

std::vector<QueueId> QueueTable::known_ids() const {
    std::vector<QueueId> ids;
    ids.reserve(looked_at_.size() + pasts_.size());
    ids.insert(ids.end(), looked_at_.begin(), looked_at_.end());
    for (const auto& [id, past] : pasts_)
        ids.push_back(id);
    return ids;
}

std::unique_ptr<QueueMachine> QueueTable::take(QueueId id) {
    pasts_.erase(id);
    auto node = awake_.extract(id);
    return node.empty() ? nullptr : std::move(node.mapped());
}

QueueTable::Look QueueTable::look_at(QueueId id, Instant now) {
    const auto found = awake_.find(id);
    if (found == awake_.end()) return Look::gone;
    const QueueMachine& queue = *found->second;
    const Rest rest = queue.rest();
    if (rest == Rest::busy) return Look::works;
    QueuePast past = queue.past();
    if (rest == Rest::waiting || now.ms_since(past.last_active) < rest_after_ms) return Look::waits;
    pasts_.emplace(id, std::make_unique<QueuePast>(std::move(past)));
    awake_.erase(found);
    return Look::rests;
}

void QueueTable::release_memory() {
    constexpr std::size_t kept = 1024;
    if (looked_at_.capacity() > kept && looked_at_.capacity() / 4 > looked_at_.size()) {
        looked_at_.shrink_to_fit();
        awake_.rehash(0);
    }
}

}  // namespace warren::cluster
