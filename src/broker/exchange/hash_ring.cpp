#include "broker/exchange/hash_ring.h"

#include <bit>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

namespace {

// The part of a Fenwick tree that ends at `position`, counted from 1, begins this far before it.
std::size_t span_of(std::size_t position) {
    return position & (~position + 1);
}

}  // namespace

void HashRing::add(const Destination& destination, std::uint32_t weight) {
    ENSURE(!places_.contains(&destination));
    places_.emplace(&destination, static_cast<std::uint32_t>(runs_.size()));
    append({&destination, weight});
    bucket_count_ += weight;
}

void HashRing::append(Run run) {
    runs_.push_back(run);
    const std::size_t position = runs_.size();
    std::uint64_t sum = run.weight;
    const std::size_t begin = position - span_of(position);
    for (std::size_t at = position - 1; at > begin; at -= span_of(at))
        sum += sums_[at - 1];
    sums_.push_back(sum);
}

void HashRing::remove(const Destination& destination) {
    const auto place = places_.find(&destination);
    ENSURE(place != places_.end());
    Run& run = runs_[place->second];
    for (std::size_t at = place->second + 1; at <= sums_.size(); at += span_of(at))
        sums_[at - 1] -= run.weight;
    bucket_count_ -= run.weight;
    run = {nullptr, 0};
    places_.erase(place);
    if (runs_.size() > 2 * places_.size()) compact();
}

void HashRing::compact() {
    const std::vector<Run> old = std::exchange(runs_, {});
    sums_.clear();
    for (const Run& run : old) {
        if (run.destination == nullptr) continue;
        places_[run.destination] = static_cast<std::uint32_t>(runs_.size());
        append(run);
    }
}

const Destination& HashRing::owner_of(std::uint64_t bucket) const {
    ENSURE(bucket < bucket_count_);
    std::size_t before = 0;  // runs that end at or before the bucket
    for (std::size_t step = std::bit_floor(sums_.size()); step > 0; step /= 2) {
        if (before + step > sums_.size() || sums_[before + step - 1] > bucket) continue;
        before += step;
        bucket -= sums_[before - 1];
    }
    return *runs_[before].destination;
}

}  // namespace warren::broker
