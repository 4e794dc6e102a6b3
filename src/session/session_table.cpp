#include "session/session_table.h"

namespace warren::session {

namespace {

ConnectionId target(const broker::Deliver& event) {
    return event.consumer.connection;
}
ConnectionId target(const broker::Confirm& event) {
    return event.first.connection;
}
ConnectionId target(const broker::ConsumerCancelled& event) {
    return event.consumer.connection;
}
ConnectionId target(const broker::AckTimedOut& event) {
    return event.consumer.connection;
}
ConnectionId target(const broker::GrantWanted& event) {
    return event.consumer.connection;
}
ConnectionId target(const broker::GrantReturned& event) {
    return event.consumer.connection;
}
ConnectionId target(const broker::QueueReply& event) {
    return event.ticket.connection;
}

}  // namespace

void SessionTable::on_event(broker::QueueEvent event) {
    const ConnectionId to = std::visit([](const auto& kind) { return target(kind); }, event);
    if (auto* connection = find(to)) connection->on_event(std::move(event));
}

}  // namespace warren::session
