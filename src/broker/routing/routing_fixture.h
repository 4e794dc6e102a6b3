#pragma once
// For tests: a topology and messages routed through it.
#include <set>
#include <string>
#include <vector>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "broker/routing/route.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {

struct TestMessage {
    std::string exchange{};
    std::string key{};
    amqp091::FieldTable headers{};
    std::vector<std::string_view> extra_keys{};
    std::string correlation_id{};
};

struct RoutingFixture : TopologyFixture {
    // Names of the queues reached, each as often as the route has it.
    std::multiset<std::string> reached(const TestMessage& message) {
        amqp091::HeaderEdit edit;
        edit.set_headers(message.headers);
        if (!message.correlation_id.empty())
            edit.set_text(amqp091::Property::correlation_id, message.correlation_id);
        const std::string bytes = edit.encode(0);
        const auto header = amqp091::ContentHeader::decode(as_bytes(bytes));
        ENSURE(header.has_value());
        const RoutingInput input{.routing_key = message.key,
                                 .extra_keys = message.extra_keys,
                                 .header = &*header,
                                 .random = &random};
        route(topology, *vhost().find_exchange(message.exchange), input, last_route);
        std::multiset<std::string> names;
        for (const QueueRecord* queue : last_route.queues())
            names.insert(queue->name);
        return names;
    }
    std::multiset<std::string> reached(std::string exchange_name, std::string key) {
        return reached(TestMessage{.exchange = std::move(exchange_name), .key = std::move(key)});
    }
    bool key_only(std::string_view exchange_name) {
        return depends_only_on_key(topology, *vhost().find_exchange(exchange_name));
    }

    Prng random{1};
    Route last_route;
};

using Names = std::multiset<std::string>;

}  // namespace warren::broker
