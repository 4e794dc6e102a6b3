#pragma once
// Makes the machine for a queue of whatever type its settings say.
#include <memory>
#include <string>

#include "broker/queue/queue_machine.h"

namespace warren::broker {

std::unique_ptr<QueueMachine> make_queue(QueueId id, std::string vhost, std::string name,
                                         QueueSettings settings, QueueHost& host);

}  // namespace warren::broker
