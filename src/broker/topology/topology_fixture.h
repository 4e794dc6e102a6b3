#pragma once
// For tests: a replica with the vhost "/" and short words for the usual commands.
#include <string>
#include <utility>

#include "base/ensure.h"
#include "broker/topology/topology.h"

namespace warren::broker {

struct NullObserver final : TopologyObserver {};

struct TopologyFixture {
    TopologyFixture() { must(CreateVhost{.name = "/"}); }

    template <typename Body>
    Topology::Answer apply(Body body) {
        return topology.apply({std::move(body)}, *observer);
    }
    // Applies what must succeed.
    template <typename Body>
    TopologyResult must(Body body) {
        Topology::Answer answer = apply(std::move(body));
        ENSURE(answer.has_value());
        return *answer;
    }
    // "406 text" of the refusal, or "accepted".
    template <typename Body>
    std::string refusal(Body body) {
        const Topology::Answer answer = apply(std::move(body));
        if (answer) return "accepted";
        return std::to_string(static_cast<int>(answer.error().code)) + " " + answer.error().text;
    }

    TopologyResult queue(std::string name, amqp091::FieldTable arguments = {}) {
        return must(DeclareQueue{.vhost = "/",
                                 .name = std::move(name),
                                 .durable = true,
                                 .arguments = std::move(arguments)});
    }
    void exchange(std::string name, std::string type, amqp091::FieldTable arguments = {}) {
        must(DeclareExchange{.vhost = "/",
                             .name = std::move(name),
                             .type = std::move(type),
                             .arguments = std::move(arguments)});
    }
    void bind(std::string source, std::string to_queue, std::string key,
              amqp091::FieldTable arguments = {}) {
        must(Bind{.vhost = "/",
                  .source = std::move(source),
                  .destination = std::move(to_queue),
                  .routing_key = std::move(key),
                  .arguments = std::move(arguments)});
    }
    void bind_exchange(std::string source, std::string to_exchange, std::string key) {
        must(Bind{.vhost = "/",
                  .source = std::move(source),
                  .destination_kind = DestinationKind::exchange,
                  .destination = std::move(to_exchange),
                  .routing_key = std::move(key)});
    }
    void unbind(std::string source, std::string from_queue, std::string key,
                amqp091::FieldTable arguments = {}) {
        must(Unbind{.vhost = "/",
                    .source = std::move(source),
                    .destination = std::move(from_queue),
                    .routing_key = std::move(key),
                    .arguments = std::move(arguments)});
    }
    void delete_queue(const std::string& name) {
        must(DeleteQueue{vhost().find_queue(name)->id()});
    }
    const Vhost& vhost() const { return *topology.find_vhost("/"); }

    NullObserver null_observer;
    TopologyObserver* observer = &null_observer;
    Topology topology;
};

}  // namespace warren::broker
