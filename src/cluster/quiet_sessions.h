#pragma once
// For tests: the sessions of a shard, of which only answers to changes are looked at.
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/shard_services.h"

namespace warren::test {

class QuietSessions : public broker::SessionEvents {
public:
    virtual ~QuietSessions() = default;

    void on_deliver(const broker::ConsumerId&, std::span<broker::Delivery>) override {}
    void on_event(broker::QueueEvent) override {}
    void on_direct_reply(const broker::ConsumerId&, const broker::MessageRef&) override {}
    void on_unroutable(const broker::DeduplicatedPublish::Publisher&,
                       const broker::MessageRef&) override {}
    bool has_reply_consumer(const broker::ConsumerId&, std::string_view) override { return false; }
    void on_topology_outcome(const broker::RequestTicket& ticket,
                             broker::TopologyOutcome) override {
        answered_.push_back(ticket.number);
    }
    void on_admission(const broker::RequestTicket&, broker::AdmissionOutcome) override {}

    // Numbers of the tickets that were answered since the last look.
    std::vector<std::uint32_t> take_answered() { return std::exchange(answered_, {}); }

private:
    std::vector<std::uint32_t> answered_;
};

}  // namespace warren::test
