#pragma once
// The buckets of a consistent-hash exchange: each destination holds a run of as many buckets as its
// weight, and runs stand in the order in which they were added. When a run goes, those behind it
// move down by its weight.
//
// A run is not a list of buckets but a weight in a Fenwick tree: adding, removing and finding a
// bucket take logarithmic time, whatever the weights. Runs that went stay as empty ones until they
// outnumber the others.
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace warren::broker {

struct Destination;

class HashRing {
public:
    // Adds a run at the end. The destination must have none.
    void add(const Destination& destination, std::uint32_t weight);
    // Removes the run that the destination has.
    void remove(const Destination& destination);
    bool contains(const Destination& destination) const { return places_.contains(&destination); }
    std::uint64_t bucket_count() const { return bucket_count_; }
    // Who holds a bucket, which must be below bucket_count().
    const Destination& owner_of(std::uint64_t bucket) const;
    // Empty runs included: what memory and search are proportional to.
    std::size_t run_count() const { return runs_.size(); }

private:
    struct Run {
        const Destination* destination;  // null when empty
        std::uint32_t weight;
    };

    void append(Run run);
    void compact();

    std::vector<Run> runs_;
    std::vector<std::uint64_t>
        sums_;  // Fenwick tree over the runs' weights; sums_[i] ends at run i
    std::unordered_map<const Destination*, std::uint32_t> places_;
    std::uint64_t bucket_count_ = 0;
};

}  // namespace warren::broker
