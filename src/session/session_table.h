#pragma once
// The open connections of one shard, by number: brings events from queues and answers from other
// shards to their sessions. Events for a connection that has gone are dropped; the queues have its
// Release already, or get it.
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/login_sources.h"
#include "base/ids.h"
#include "base/shard_bound.h"
#include "broker/shard_services.h"
#include "session/connection.h"

namespace warren::session {

class SessionTable final : public broker::SessionEvents {
public:
    // Number for the next connection of this shard.
    ConnectionId next_id() { return ConnectionId::make(home_.shard(), ++last_number_); }
    void add(Connection& connection);
    void remove(const Connection& connection);
    std::size_t size() const { return connections_.size(); }

    SessionTraffic& traffic() { return traffic_; }
    const SessionTraffic& traffic() const { return traffic_; }
    ExchangeTable& exchanges() { return exchanges_; }
    const ExchangeTable& exchanges() const { return exchanges_; }
    VhostTraffic& vhosts() { return vhosts_; }
    const VhostTraffic& vhosts() const { return vhosts_; }
    auth::LoginSources& logins() { return logins_; }

    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (auto& [id, connection] : connections_)
            visit(*connection);
    }
    // A walk over all connections that may go on in a later turn: who is there from its beginning
    // to its end is visited once. `place` is 0 at first. visit(connection) returns how many looks
    // it was, and the walk rests after so many. False: it is over.
    template <typename Visitor>
    bool walk(std::size_t& place, std::size_t looks_max, Visitor&& visit) const {
        for (std::size_t looks = 0; place < slots_.size() && looks < looks_max; ++place)
            looks += slots_[place] == nullptr ? 1 : visit(std::as_const(*slots_[place]));
        return place < slots_.size();
    }
    // Null if it has gone.
    Connection* find(ConnectionId id) const {
        const auto found = connections_.find(id);
        return found == connections_.end() ? nullptr : found->second;
    }

    void on_deliver(const broker::ConsumerId& consumer,
                    std::span<broker::Delivery> deliveries) override {
        if (auto* connection = find(consumer.connection))
            connection->on_deliver(consumer, deliveries);
    }
    void on_event(broker::QueueEvent event) override;
    void on_direct_reply(const broker::ConsumerId& consumer,
                         const broker::MessageRef& message) override {
        if (auto* connection = find(consumer.connection))
            connection->on_direct_reply(consumer, message);
    }
    void on_unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                       const broker::MessageRef& message) override {
        if (auto* connection = find(publisher.connection))
            connection->on_unroutable(publisher, message);
    }
    bool has_reply_consumer(const broker::ConsumerId& consumer, std::string_view address) override {
        const auto* connection = find(consumer.connection);
        return connection != nullptr && connection->has_reply_consumer(consumer.channel, address);
    }
    void on_topology_outcome(const broker::RequestTicket& ticket,
                             broker::TopologyOutcome outcome) override {
        if (auto* connection = find(ticket.connection))
            connection->on_topology_outcome(ticket.number, std::move(outcome));
    }
    void on_admission(const broker::RequestTicket& ticket,
                      broker::AdmissionOutcome outcome) override {
        if (auto* connection = find(ticket.connection))
            connection->on_admission(ticket.number, std::move(outcome));
    }

private:
    ShardBound home_;
    std::uint64_t last_number_ = 0;
    SessionTraffic traffic_;
    ExchangeTable exchanges_;
    VhostTraffic vhosts_;
    auth::LoginSources logins_;
    std::unordered_map<ConnectionId, Connection*> connections_;
    std::vector<Connection*> slots_;  // for walks; null: free
    std::vector<std::size_t> free_slots_;
};

}  // namespace warren::session
