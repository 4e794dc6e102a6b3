#include "broker/deduplication/queue_keys.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

void QueueKeys::attach(const OpenLog& open_log) {
    ENSURE(log_ == nullptr && slots_.size() == 0);
    std::vector<std::uint64_t> doubled;
    log_ = std::make_unique<KeyLog>(
        open_log, [this](std::uint64_t count) { slots_.reserve(count); },
        [&](const LoggedKey& logged) {
            // Two can be there if the first had died, was not safe elsewhere yet, and so came back.
            if (slots_.find(logged.key) != Slots::no_slot)
                doubled.push_back(logged.position);
            else
                slots_.insert({logged.key, logged.position & position_max, true});
        });
    for (const std::uint64_t position : doubled)
        log_->settle(position);
}

bool QueueKeys::admit(const Message& message, std::uint64_t position, bool kept) {
    const auto key = deduplication_key_of(message);
    if (!key) return true;
    if (slots_.find(*key) != Slots::no_slot) return false;
    slots_.insert({*key, position & position_max, false});
    if (kept && log_ != nullptr) pending_.push_back({.key = *key, .position = position});
    return true;
}

void QueueKeys::leave(const Message& message, std::uint64_t position) {
    if (slots_.size() == 0) return;
    const auto key = deduplication_key_of(message);
    if (!key) return;
    const Slots::Slot slot = slots_.find(*key);
    if (slot != Slots::no_slot && slots_[slot].position == position) drop(slot);
}

void QueueKeys::leave_all_but(std::span<const std::uint64_t> positions) {
    for (Slots::Slot slot = 0; slot < slots_.slot_end(); ++slot)
        if (slots_.is_taken(slot) &&
            !std::ranges::binary_search(positions, std::uint64_t{slots_[slot].position}))
            drop(slot);
}

void QueueKeys::drop(Slots::Slot slot) {
    if (slots_[slot].logged) log_->settle(slots_[slot].position);
    slots_.erase(slot);
}

void QueueKeys::log_pending() {
    for (const LoggedKey& pending : pending_) {
        const Slots::Slot slot = slots_.find(pending.key);
        if (slot == Slots::no_slot || slots_[slot].position != pending.position) continue;
        log_->append(pending);
        slots_[slot].logged = true;
    }
    pending_.clear();
}

void QueueKeys::remove() {
    if (log_ != nullptr) log_->remove();
}

}  // namespace warren::broker
