#pragma once
// Whose the logs of a data folder are, as its metadata says: what they hold, and what to call them
// in sentences for people.
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "broker/stored_entry.h"
#include "broker/topology/topology.h"

namespace warren::app {

class LogOwners {
public:
    void learn(const broker::Topology& topology);

    // Unknown: the next start forgets the log.
    broker::LogOwner owner_of(QueueId log) const;
    // "queue 'orders' in vhost '/'"; of a log of keys, whose messages they are of.
    std::string name_of(QueueId log) const;

private:
    struct Known {
        broker::LogOwner owner;
        std::string name;
    };

    // By number: queues, and exchanges, which have no log but one of keys. That of keys follows
    // from its owner. A delayed exchange goes by the name of its queue.
    std::unordered_map<QueueId, Known> known_;
};

}  // namespace warren::app
