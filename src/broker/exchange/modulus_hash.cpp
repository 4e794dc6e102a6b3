// x-modulus-hash: one destination a message, the hash of its routing keys modulo the number of
// bindings. Bindings count in the order of their destinations' names, so that a key keeps its place
// when a node starts again.
#include <algorithm>
#include <tuple>
#include <vector>

#include "broker/exchange/erlang_hash.h"
#include "broker/exchange/exchange_types.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

class ModulusHashRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override {
        bindings_.add(binding);
        in_order_.clear();
    }
    void remove(Binding& binding) override {
        bindings_.remove(binding);
        in_order_.clear();
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        if (bindings_.empty()) return;
        if (in_order_.empty()) put_in_order();
        TermHash hash;
        for_each_key(input, [&](std::string_view key) { hash.add_binary(key); });
        hash.add_nil();
        out.add(*in_order_[hash.value() % in_order_.size()]);
    }

    bool depends_only_on_key() const override { return false; }

private:
    // Exchanges before queues, then by name: as RabbitMQ sorts them. Done once after a change and
    // not with each, because bindings often come and go by the thousand.
    void put_in_order() const {
        for (const Binding* binding : bindings_)
            in_order_.push_back(binding->destination);
        std::ranges::sort(in_order_, {}, [](const Destination* destination) {
            return std::tuple(destination->kind == DestinationKind::queue,
                              std::string_view(destination->name));
        });
    }

    RouterBindings bindings_;
    mutable std::vector<const Destination*> in_order_;  // empty: not known
};

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<ModulusHashRouter>();
}

}  // namespace

constinit const ExchangeType modulus_hash_exchange{
    .name = "x-modulus-hash",
    .description = "Modulus Hashing Exchange",
    .make_router = make_router,
};

}  // namespace warren::broker
