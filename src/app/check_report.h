#pragma once
// What a check of a data folder has found, in sentences for people. Queues are called by their
// names, as the metadata knows them.
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "broker/topology/topology.h"
#include "storage/check/check.h"

namespace warren::app {

class QueueNames {
public:
    void learn(const broker::Topology& topology);

    bool knows(QueueId queue) const { return names_.contains(queue); }
    // "queue 'orders' in vhost '/'"
    std::string name_of(QueueId queue) const;

private:
    std::map<QueueId, std::string> names_;
};

using MessageCounts = std::map<QueueId, std::uint64_t>;

// "3 messages of queue 'a' in vhost '/', 1 message of a queue that is not known"
std::string describe(const MessageCounts& counts, const QueueNames& names);

// A damage and what it costs, a line each.
std::vector<std::string> describe(const storage::Damage& damage, const QueueNames& names);

}  // namespace warren::app
