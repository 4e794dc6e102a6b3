// topic: destinations with a pattern that the routing key matches (AMQP 0-9-1, section 3.1.3.3).
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/topic_cache.h"
#include "broker/exchange/topic_trie.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

class TopicRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override {
        trie_.add(binding);
        cache_.forget(++bindings_);
    }
    void remove(Binding& binding) override {
        trie_.remove(binding);
        cache_.forget(--bindings_);
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        for_each_key(input, [&](std::string_view key) { route_by(key, out); });
    }

private:
    void route_by(std::string_view key, RouteCollector& out) const {
        if (const TopicCache::Entry* known = cache_.find(key)) {
            for (const Destination* destination : known->destinations())
                out.add(*destination);
            return;
        }
        found_.clear();
        trie_.match(key, [&](const BoundDestination& bound) {
            out.add(*bound.destination);
            found_.push_back(bound.destination);
        });
        cache_.put(key, found_);
    }

    TopicTrie trie_;
    std::size_t bindings_ = 0;
    mutable TopicCache cache_;
    mutable std::vector<const Destination*> found_;  // kept for its memory
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
