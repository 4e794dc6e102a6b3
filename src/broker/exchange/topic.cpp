// topic: destinations with a pattern that the routing key matches (AMQP 0-9-1, section 3.1.3.3).
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/topic_trie.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

class TopicRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override { trie_.add(binding); }
    void remove(Binding& binding) override { trie_.remove(binding); }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        for_each_key(input, [&](std::string_view key) {
            trie_.match(key, [&](const Binding& binding) { out.add(*binding.destination); });
        });
    }

private:
    TopicTrie trie_;
};

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<TopicRouter>();
}

}  // namespace

constinit const ExchangeType topic_exchange{
    .name = "topic",
    .description = "AMQP topic exchange, as per the AMQP specification",
    .make_router = make_router,
};

}  // namespace warren::broker
