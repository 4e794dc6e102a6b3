// What a restart means to what exists, and how a shortened history keeps the numbers.
#include <fmt/format.h>

#include "broker/topology/topology.h"

namespace warren::broker {

namespace {

// Far beyond what can be used up, and far from where counting would wrap.
constexpr std::uint64_t number_max = std::uint64_t{1} << 62;

}  // namespace

// RabbitMQ deletes transient queues as if somebody had asked for it: durable auto-delete exchanges
// that lose their last binding by it go as well.
Topology::Answer Topology::perform(const ForgetTransient&, TopologyObserver& observer) {
    std::vector<QueueRecord*> queues;
    for (const auto& [id, queue] : queues_)
        if (!queue->durable) queues.push_back(queue);
    for (QueueRecord* queue : queues)
        remove_queue(*queue, observer);
    remove_doomed_exchanges(observer);
    bool changed = stop_tracing() || !queues.empty();
    for (const auto& vhost : vhosts_)
        changed |= forget_transient_exchanges(*vhost, observer);
    return TopologyResult{.outcome = changed ? Outcome::changed : Outcome::unchanged};
}

bool Topology::stop_tracing() {
    if (traced_vhosts_ == 0) return false;
    for (const auto& vhost : vhosts_)
        vhost->is_traced = false;
    traced_vhosts_ = 0;
    ++version_;
    return true;
}

bool Topology::forget_transient_exchanges(Vhost& vhost, TopologyObserver& observer) {
    // By name: one exchange may take others along.
    std::vector<std::string> names;
    for (const auto& exchange : vhost.exchanges)
        if (!exchange->durable) names.push_back(exchange->name);
    for (const std::string& name : names) {
        const auto found = vhost.exchanges.find(std::string_view(name));
        if (found == vhost.exchanges.end()) continue;
        remove_exchange(**found, observer);
        remove_doomed_exchanges(observer);
    }
    return !names.empty();
}

Topology::Answer Topology::perform(const ReserveNumbers& command, TopologyObserver&) {
    if (command.next <= last_number_ || command.next > number_max)
        return fail(
            amqp091::AmqpError{.code = amqp091::ReplyCode::precondition_failed,
                               .text = fmt::format("number {} cannot be the next one: {} is in use",
                                                   command.next, last_number_)});
    if (command.next == last_number_ + 1) return TopologyResult{.outcome = Outcome::unchanged};
    last_number_ = command.next - 1;
    return TopologyResult{};
}

}  // namespace warren::broker
