#pragma once
// The policies of one vhost, and which of them count. A queue or an exchange has at most one policy
// of users and one of operators: of those whose pattern matches its name, which are for its kind,
// and whose keys its type all knows, the one of highest priority; of equals, the first by name.
// What the two come to together is one definition, shared by everything that has the same two.
//
// Nothing is matched when a policy is set: who asks about a queue later has it matched then, and it
// remembers the answer until policies change. So a policy for a million queues is set at once, and
// whoever keeps settings of queues goes through them at his own pace.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amqp091/field_table.h"
#include "base/pattern.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

struct Destination;
struct ExchangeRecord;
struct QueueRecord;

struct Policy {
    std::string name;
    std::string pattern;
    ApplyTo apply_to = ApplyTo::all;
    std::int64_t priority = 0;
    amqp091::FieldTable definition;  // sorted by key

    // What follows from these.
    std::optional<Pattern> compiled;  // nothing: matches nothing
    std::uint8_t queue_types = 0;     // that it can count for; a bit for each QueueType
    bool for_exchanges = false;
};

struct EffectivePolicy {
    const Policy* user = nullptr;  // at least one of the two
    const Policy* of_operator = nullptr;
    amqp091::FieldTable definition;  // merged, sorted by key
};

class PolicySet {
public:
    using ByName = std::map<std::string, Policy, std::less<>>;

    PolicySet() = default;
    PolicySet(const PolicySet&) = delete;
    PolicySet& operator=(const PolicySet&) = delete;

    // Both say whether that makes a difference.
    bool set(const SetPolicy& command);
    bool remove(PolicyKind kind, std::string_view name);

    const ByName& of(PolicyKind kind) const { return policies_[index(kind)]; }
    const Policy* find(PolicyKind kind, std::string_view name) const;

    // Null if there is none. The answer is good until policies change.
    const EffectivePolicy* effective(const QueueRecord& queue) const;
    const EffectivePolicy* effective(const ExchangeRecord& exchange) const;

private:
    static std::size_t index(PolicyKind kind) { return static_cast<std::size_t>(kind); }
    void policies_changed();
    template <typename AppliesTo>
    const EffectivePolicy* remembered(const Destination& thing, AppliesTo&& applies_to) const;
    // Its place in `effective_`, counted from 1; 0: none.
    std::uint32_t shared(const Policy* user, const Policy* of_operator) const;

    std::array<ByName, 2> policies_;
    // Those of each kind in the order in which they are tried.
    std::array<std::vector<const Policy*>, 2> by_rank_;
    // What records remember is of this version; theirs begins at 0.
    std::uint32_t version_ = 1;
    mutable std::vector<std::unique_ptr<EffectivePolicy>> effective_;
    mutable std::map<std::pair<const Policy*, const Policy*>, std::uint32_t> places_;
};

// Both in one, key by key, by RabbitMQ's rules.
amqp091::FieldTable merge_definitions(const amqp091::FieldTable& of_user,
                                      const amqp091::FieldTable& of_operator);

}  // namespace warren::broker
