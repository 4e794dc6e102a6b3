#include "inspector.h"

#include "consumer.h"

namespace crash {
namespace {

constexpr std::uint8_t passive = 1;
constexpr std::uint8_t durable = 2;

std::string declare_exchange(const std::string& name, std::uint8_t flags,
                             const std::string& type = "fanout",
                             const loadgen::FieldTable& arguments = {}) {
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::exchange_declare)
        .u16(0)
        .short_string(name)
        .short_string(type)
        .u8(flags)
        .table(arguments)
        .end();
    return out;
}

std::string declare_queue(const std::string& name, const loadgen::FieldTable& arguments) {
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::queue_declare)
        .u16(0)
        .short_string(name)
        .u8(durable)
        .table(arguments)
        .end();
    return out;
}

std::string bind_queue(const std::string& queue, const std::string& exchange) {
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::queue_bind)
        .u16(0)
        .short_string(queue)
        .short_string(exchange)
        .short_string("")
        .u8(0)
        .table({})
        .end();
    return out;
}

// Comes back when no queue is bound with this key.
std::string probe(const std::string& exchange, const std::string& key, const std::string& body) {
    constexpr std::uint8_t mandatory = 1;
    constexpr std::uint16_t basic_class = 60;
    std::string out;
    loadgen::FrameWriter writer(out);
    writer.method(1, loadgen::Method::basic_publish).u16(0).short_string(exchange);
    writer.short_string(key).u8(mandatory).end();
    writer.begin(loadgen::FrameType::header, 1).u16(basic_class).u16(0).u64(body.size());
    writer.u16(0).end();
    writer.begin(loadgen::FrameType::body, 1).raw(body).end();
    return out;
}

}  // namespace

void Inspector::demand(const std::string& frame, loadgen::Method answer, const std::string& what) {
    if (!call(frame, answer)) add_fault(what);
}

bool Inspector::exists(const std::string& passive_declare, loadgen::Method answer) {
    return call(passive_declare, answer).has_value();
}

void Inspector::declare_plan(const Plan& plan, bool must_exist) {
    for (const ExchangePlan& exchange : plan.exchanges) {
        if (must_exist)
            demand(declare_exchange(exchange.name, passive), loadgen::Method::exchange_declare_ok,
                   exchange.name + " is lost");
        demand(declare_exchange(exchange.name, durable, exchange.type(), exchange.arguments()),
               loadgen::Method::exchange_declare_ok, exchange.name + " has changed");
    }
    for (std::size_t i = 0; i < plan.queues.size(); ++i) {
        const auto queue = static_cast<QueueIndex>(i);
        const std::string& name = plan.queues[i].name;
        if (must_exist)
            demand(passive_declare_frame(name), loadgen::Method::queue_declare_ok,
                   name + " is lost");
        demand(declare_queue(name, plan.arguments_of(queue)), loadgen::Method::queue_declare_ok,
               name + " has changed");
    }
    if (must_exist) return;  // bindings show by what arrives
    for (const ExchangePlan& exchange : plan.exchanges)
        for (const QueueIndex queue : exchange.queues)
            demand(bind_queue(plan.queues[queue].name, exchange.name),
                   loadgen::Method::queue_bind_ok, "a binding was refused");
}

void Inspector::verify(TopologyRecord& record) {
    const TopologyState found = observe(record);
    TopologyState changed = record.known;
    if (record.in_doubt) changed.apply(*record.in_doubt);
    if (found != record.known && found != changed) {
        for (std::size_t i = 0; i < TopologyState::queue_count; ++i) {
            if (found.queues[i] != record.known.queues[i])
                add_fault(churn_queue_name(i) + " is not what it was");
        }
        for (std::size_t i = 0; i < TopologyState::exchange_count; ++i) {
            if (found.exchanges[i] != record.known.exchanges[i])
                add_fault(churn_exchange_name(i) + " is not what it was");
        }
        if (found.bindings != record.known.bindings) add_fault("bindings are not what they were");
        if (record.in_doubt) add_fault("beside what was in doubt: " + record.in_doubt->text());
    }
    record.known = found;
    record.in_doubt.reset();
}

bool Inspector::is_as_declared(TopologyChange declaration) {
    return call(declaration.frame(), declaration.answer()).has_value();
}

TopologyState Inspector::observe(const TopologyRecord& record) {
    using Kind = TopologyChange::Kind;
    constexpr std::uint64_t unlike_any = ~std::uint64_t{0};
    TopologyState expected = record.known;
    // Where something is in doubt that exists, it must be what was to be declared, or the old one.
    if (record.in_doubt && record.in_doubt->kind == Kind::declare_queue)
        expected.queues[record.in_doubt->queue] = record.in_doubt->generation;
    if (record.in_doubt && record.in_doubt->kind == Kind::declare_exchange)
        expected.exchanges[record.in_doubt->exchange] = record.in_doubt->generation;
    TopologyState found;
    for (std::size_t i = 0; i < TopologyState::queue_count; ++i) {
        const std::string frame = passive_declare_frame(churn_queue_name(i));
        if (!exists(frame, loadgen::Method::queue_declare_ok)) continue;
        const std::uint64_t generation = expected.queues[i];
        const TopologyChange declaration{
            .kind = Kind::declare_queue, .queue = i, .generation = generation};
        found.queues[i] = generation != 0 && is_as_declared(declaration) ? generation : unlike_any;
    }
    for (std::size_t i = 0; i < TopologyState::exchange_count; ++i) {
        const std::string frame = declare_exchange(churn_exchange_name(i), passive);
        if (!exists(frame, loadgen::Method::exchange_declare_ok)) continue;
        const std::uint64_t generation = expected.exchanges[i];
        const TopologyChange declaration{
            .kind = Kind::declare_exchange, .exchange = i, .generation = generation};
        found.exchanges[i] =
            generation != 0 && is_as_declared(declaration) ? generation : unlike_any;
    }
    observe_bindings(found);
    return found;
}

void Inspector::observe_bindings(TopologyState& state) {
    returned_.clear();
    const auto body = [](std::size_t exchange, std::size_t queue) {
        return std::to_string(exchange) + " " + std::to_string(queue);
    };
    for (std::size_t exchange = 0; exchange < TopologyState::exchange_count; ++exchange) {
        if (state.exchanges[exchange] == 0) continue;
        for (std::size_t queue = 0; queue < TopologyState::queue_count; ++queue)
            out_ += probe(churn_exchange_name(exchange), churn_binding_key(queue),
                          body(exchange, queue));
    }
    demand(declare_exchange("amq.fanout", passive), loadgen::Method::exchange_declare_ok,
           "amq.fanout is lost");
    for (std::size_t exchange = 0; exchange < TopologyState::exchange_count; ++exchange) {
        if (state.exchanges[exchange] == 0) continue;
        for (std::size_t queue = 0; queue < TopologyState::queue_count; ++queue) {
            if (!returned_.contains(body(exchange, queue))) state.bindings.emplace(exchange, queue);
        }
    }
}

void Inspector::on_delivery(Delivery& delivery) {
    if (delivery.returned) returned_.insert(delivery.body);
}

}  // namespace crash
