#include "broker/make_queue.h"

#include <utility>

#include "broker/delay/delay_queue.h"
#include "broker/queue/queue.h"
#include "broker/stream/stream_queue.h"

namespace warren::broker {

std::unique_ptr<QueueMachine> make_queue(QueueId id, std::string vhost, std::string name,
                                         QueueSettings settings, QueueHost& host) {
    if (settings.type == QueueType::stream)
        return std::make_unique<StreamQueue>(id, std::move(vhost), std::move(name),
                                             std::move(settings), host);
    if (settings.delayed_exchange)
        return std::make_unique<DelayQueue>(id, std::move(vhost), std::move(name),
                                            std::move(settings), host);
    return std::make_unique<Queue>(id, std::move(vhost), std::move(name), std::move(settings),
                                   host);
}

}  // namespace warren::broker
