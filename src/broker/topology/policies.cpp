#include "broker/topology/policies.h"

#include <algorithm>

#include "broker/topology/policy_keys.h"
#include "broker/topology/records.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;

namespace {

constexpr std::uint8_t bit_of(QueueType type) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(type));
}

std::uint8_t queue_types_of(ApplyTo apply_to) {
    switch (apply_to) {
        case ApplyTo::all:
        case ApplyTo::queues:
            return every_queue_type;
        case ApplyTo::classic_queues:
            return bit_of(QueueType::classic);
        case ApplyTo::quorum_queues:
            return bit_of(QueueType::quorum);
        case ApplyTo::streams:
            return bit_of(QueueType::stream);
        case ApplyTo::exchanges:
            break;
    }
    return 0;
}

std::uint8_t queue_types_of(const FieldTable& definition) {
    std::uint8_t types = every_queue_type;
    for (const auto& field : definition)
        if (const PolicyKey* key = find_policy_key(field.name)) types &= key->queue_types;
    return types;
}

bool comes_first(const Policy* a, const Policy* b) {
    if (a->priority != b->priority) return a->priority > b->priority;
    return a->name < b->name;
}

template <typename AppliesTo>
const Policy* first_match(const std::vector<const Policy*>& by_rank, std::string_view name,
                          AppliesTo&& applies_to) {
    const auto found = std::ranges::find_if(by_rank, [&](const Policy* policy) {
        return applies_to(*policy) && policy->compiled && policy->compiled->matches(name);
    });
    return found == by_rank.end() ? nullptr : *found;
}

}  // namespace

bool PolicySet::set(const SetPolicy& command) {
    FieldTable definition = command.definition;
    definition.sort_by_name();
    ByName& policies = policies_[index(command.kind)];
    const auto found = policies.find(command.name);
    if (found != policies.end()) {
        const Policy& old = found->second;
        if (old.pattern == command.pattern && old.apply_to == command.apply_to &&
            old.priority == command.priority && old.definition == definition)
            return false;
    }
    Policy& policy = policies[command.name];
    policy.name = command.name;
    policy.pattern = command.pattern;
    policy.apply_to = command.apply_to;
    policy.priority = command.priority;
    policy.definition = std::move(definition);
    policy.compiled.reset();
    if (auto compiled = Pattern::compile(policy.pattern)) policy.compiled = std::move(*compiled);
    policy.queue_types = queue_types_of(policy.apply_to) & queue_types_of(policy.definition);
    policy.for_exchanges = policy.apply_to == ApplyTo::all || policy.apply_to == ApplyTo::exchanges;
    policies_changed();
    return true;
}

bool PolicySet::remove(PolicyKind kind, std::string_view name) {
    ByName& policies = policies_[index(kind)];
    const auto found = policies.find(name);
    if (found == policies.end()) return false;
    policies.erase(found);
    policies_changed();
    return true;
}

void PolicySet::policies_changed() {
    ++version_;
    effective_.clear();
    places_.clear();
    for (std::size_t kind = 0; kind < policies_.size(); ++kind) {
        by_rank_[kind].clear();
        for (const auto& [name, policy] : policies_[kind])
            by_rank_[kind].push_back(&policy);
        std::ranges::sort(by_rank_[kind], comes_first);
    }
}

const Policy* PolicySet::find(PolicyKind kind, std::string_view name) const {
    const ByName& policies = of(kind);
    const auto found = policies.find(name);
    return found == policies.end() ? nullptr : &found->second;
}

template <typename AppliesTo>
const EffectivePolicy* PolicySet::remembered(const Destination& thing,
                                             AppliesTo&& applies_to) const {
    if (by_rank_[0].empty() && by_rank_[1].empty()) return nullptr;
    if (thing.policy_version != version_) {
        const auto first = [&](PolicyKind kind) {
            return first_match(by_rank_[index(kind)], thing.name, applies_to);
        };
        thing.policy = shared(first(PolicyKind::user), first(PolicyKind::of_operator));
        thing.policy_version = version_;
    }
    return thing.policy == 0 ? nullptr : effective_[thing.policy - 1].get();
}

const EffectivePolicy* PolicySet::effective(const QueueRecord& queue) const {
    if (queue.is_delay_queue()) return nullptr;  // it is a part of its exchange
    return remembered(queue, [bit = bit_of(queue.type)](const Policy& policy) {
        return (policy.queue_types & bit) != 0;
    });
}

const EffectivePolicy* PolicySet::effective(const ExchangeRecord& exchange) const {
    return remembered(exchange, [](const Policy& policy) { return policy.for_exchanges; });
}

std::uint32_t PolicySet::shared(const Policy* user, const Policy* of_operator) const {
    if (user == nullptr && of_operator == nullptr) return 0;
    std::uint32_t& place = places_[{user, of_operator}];
    if (place == 0) {
        static const FieldTable nothing;
        effective_.push_back(std::make_unique<EffectivePolicy>(EffectivePolicy{
            user, of_operator,
            merge_definitions(user == nullptr ? nothing : user->definition,
                              of_operator == nullptr ? nothing : of_operator->definition)}));
        place = static_cast<std::uint32_t>(effective_.size());
    }
    return place;
}

FieldTable merge_definitions(const FieldTable& of_user, const FieldTable& of_operator) {
    FieldTable merged = of_user;
    for (const auto& [name, limit] : of_operator) {
        const FieldValue* value = of_user.find(name);
        merged.set(name, value == nullptr ? limit : preferred_value(name, *value, limit));
    }
    merged.sort_by_name();
    return merged;
}

}  // namespace warren::broker
