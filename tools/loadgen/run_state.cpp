#include "run_state.h"

namespace loadgen {

void Tally::add(const Tally& other) {
    published += other.published;
    confirmed += other.confirmed;
    refused += other.refused;
    returned += other.returned;
    delivered += other.delivered;
    redelivered += other.redelivered;
    unique += other.unique;
    duplicates += other.duplicates;
    out_of_order += other.out_of_order;
    missing += other.missing;
}

void RunState::fail(std::string what, bool fatal) {
    {
        const std::lock_guard lock(mutex_);
        if (failures_.size() < failures_kept_max) failures_.push_back(std::move(what));
    }
    failure_count_.fetch_add(1);
    if (fatal) stop.store(true);
}

std::vector<std::string> RunState::failures() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all = failures_;
    const std::uint64_t total = failure_count_.load();
    if (total > all.size()) all.push_back("and " + std::to_string(total - all.size()) + " more");
    return all;
}

}  // namespace loadgen
