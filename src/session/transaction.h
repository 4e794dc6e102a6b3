#pragma once
// What a transactional channel (class tx) keeps back until tx.commit: messages, and settlements of
// deliveries.
#include <vector>

#include "broker/queue/queue_commands.h"
#include "session/confirm_window.h"
#include "session/publisher.h"
#include "session/unacked_delivery.h"

namespace warren::session {

struct PendingSettlement {
    UnackedDelivery delivery;
    DeliveryTag tag;
    broker::Settlement settlement = broker::Settlement::ack;
};

struct Transaction {
    std::vector<AcceptedMessage> messages;
    std::vector<PendingSettlement> settlements;
};

}  // namespace warren::session
