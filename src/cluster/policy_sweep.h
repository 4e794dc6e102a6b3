#pragma once
// Goes through the queues of vhosts whose policies have changed, some a turn, so that a policy for
// a million queues holds nobody up. While it is under way queues come and go: one that is missed is
// one that was made after the change and knows of it.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>

#include "broker/topology/topology.h"

namespace warren::cluster {

class PolicySweep {
public:
    // So many queues (or empty places between them) are looked at in one call.
    static constexpr std::size_t looked_at_max = 256;

    void start(const std::string& vhost) {
        if (!vhosts_.empty() && vhosts_.front() == vhost) bucket_ = 0;
        if (std::ranges::find(vhosts_, vhost) == vhosts_.end()) vhosts_.push_back(vhost);
    }
    bool idle() const { return vhosts_.empty(); }

    // Calls visit(queue) for some more, at least once for each in the end. It must not change the
    // topology.
    template <typename Visitor>
    void visit_some(const broker::Topology& topology, Visitor&& visit) {
        for (std::size_t looks = 0; looks < looked_at_max && !idle();) {
            const broker::Vhost* vhost = topology.find_vhost(vhosts_.front());
            if (vhost == nullptr || !visit_bucket(vhost->queues, visit, looks)) {
                vhosts_.pop_front();
                bucket_ = 0;
            }
        }
    }

private:
    // The set is walked by its buckets, for these stay where they are while queues come and go;
    // until it grows, and everything begins anew. False: there are no more.
    template <typename Visitor>
    bool visit_bucket(const broker::NamedSet<broker::QueueRecord>& queues, Visitor& visit,
                      std::size_t& looks) {
        if (queues.empty()) return false;
        if (bucket_count_ != queues.bucket_count()) bucket_ = 0;
        bucket_count_ = queues.bucket_count();
        if (bucket_ == bucket_count_) return false;
        for (auto queue = queues.begin(bucket_); queue != queues.end(bucket_); ++queue, ++looks)
            visit(**queue);
        ++bucket_;
        ++looks;
        return true;
    }

    std::deque<std::string> vhosts_;
    std::size_t bucket_ = 0;  // of the first vhost
    std::size_t bucket_count_ = 0;
};

}  // namespace warren::cluster
