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

void SessionTable::add(Connection& connection) {
    connections_.emplace(connection.id(), &connection);
    if (free_slots_.empty()) {
        connection.table_slot = slots_.size();
        slots_.push_back(&connection);
        return;
    }
    connection.table_slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[connection.table_slot] = &connection;
}

void SessionTable::remove(const Connection& connection) {
    connections_.erase(connection.id());
    slots_[connection.table_slot] = nullptr;
    free_slots_.push_back(connection.table_slot);
}

void SessionTable::on_event(broker::QueueEvent event) {
    const ConnectionId to = std::visit([](const auto& kind) { return target(kind); }, event);
    if (auto* connection = find(to)) connection->on_event(std::move(event));
}

}  // namespace warren::session
