#include "plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace crash {
namespace {

class Builder {
public:
    QueueIndex add(QueuePlan queue) {
        plan.queues.push_back(std::move(queue));
        return static_cast<QueueIndex>(plan.queues.size() - 1);
    }
    // A source that publishes to one queue by its name.
    void feed(QueueIndex queue, SourcePlan source) {
        source.routing_key = plan.queues[queue].name;
        source.queues = {queue};
        plan.sources.push_back(std::move(source));
    }

    // A source that publishes to all queues of an exchange.
    void feed(const ExchangePlan& exchange, SourcePlan source) {
        source.exchange = exchange.name;
        source.queues = exchange.queues;
        plan.sources.push_back(std::move(source));
    }

    Plan plan;
};

void add_plain_queues(Builder& builder) {
    const QueueIndex small = builder.add({.name = "crash-small", .habit = Habit::acknowledges});
    builder.feed(small, {.body_bytes_max = 200, .window = 1000, .quota = 50'000});
    builder.feed(small, {.body_bytes_max = 2000, .transient_percent = 20, .quota = 10'000});

    const QueueIndex large =
        builder.add({.name = "crash-large", .habit = Habit::picks, .kept_max = 300});
    builder.feed(large, {.body_bytes_max = 100'000, .window = 50, .quota = 2000});

    // Most of it lies on disk only, for many rounds.
    const QueueIndex deep = builder.add({.name = "crash-deep", .kept_max = 100'000});
    builder.feed(deep, {.body_bytes_max = 300, .window = 1000, .quota = 20'000});
    builder.feed(deep, {.body_bytes_min = 2000, .body_bytes_max = 10'000, .quota = 500});

    const QueueIndex held =
        builder.add({.name = "crash-held", .habit = Habit::holds, .kept_max = 5000});
    builder.feed(held, {.body_bytes_max = 1000, .window = 10, .quota = 1000});
}

void add_particular_queues(Builder& builder) {
    const QueueIndex priority =
        builder.add({.name = "crash-priority", .habit = Habit::picks, .priority_max = 3});
    builder.feed(priority, {.body_bytes_max = 5000, .priorities = 6, .quota = 5000});
    builder.feed(priority, {.body_bytes_max = 100, .priorities = 6, .transient_percent = 10});

    const QueueIndex requeued =
        builder.add({.name = "crash-requeued", .habit = Habit::requeues_some});
    builder.feed(requeued, {.body_bytes_max = 1000, .quota = 10'000});

    // Holds as many as it may hold, most of the time.
    const QueueIndex full =
        builder.add({.name = "crash-full", .habit = Habit::holds, .length_max = 300});
    builder.feed(full, {.body_bytes_max = 500, .window = 20});
}

void add_dead_letter_queues(Builder& builder) {
    const QueueIndex rejected = builder.add({.name = "crash-rejected", .kept_max = 1000});
    const QueueIndex letters = builder.add(
        {.name = "crash-letters", .habit = Habit::rejects_some, .dead_letters = rejected});
    builder.feed(letters, {.body_bytes_max = 8000, .quota = 5000});

    const QueueIndex expired = builder.add({.name = "crash-expired", .habit = Habit::acknowledges});
    const QueueIndex brief =
        builder.add({.name = "crash-brief", .ttl_ms = 400, .dead_letters = expired});
    builder.feed(brief, {.body_bytes_max = 6000, .quota = 5000});
}

// Verifications hand everything out and give it back: with a delivery limit that would count.
void add_quorum_queues(Builder& builder) {
    const QueueIndex small = builder.add(
        {.name = "crash-quorum-small", .kind = QueueKind::quorum, .habit = Habit::acknowledges});
    builder.feed(small, {.body_bytes_max = 1000, .window = 1000, .quota = 20'000});

    const QueueIndex picked = builder.add(
        {.name = "crash-quorum-picked", .kind = QueueKind::quorum, .habit = Habit::picks});
    builder.feed(picked, {.body_bytes_max = 20'000, .quota = 3000});

    const QueueIndex deep =
        builder.add({.name = "crash-quorum-deep", .kind = QueueKind::quorum, .kept_max = 50'000});
    builder.feed(deep, {.body_bytes_max = 300, .window = 1000, .quota = 10'000});

    const QueueIndex held = builder.add(
        {.name = "crash-quorum-held", .kind = QueueKind::quorum, .habit = Habit::holds});
    builder.feed(held, {.body_bytes_max = 1000, .window = 10, .quota = 1000});

    const QueueIndex rejected =
        builder.add({.name = "crash-quorum-rejected", .kind = QueueKind::quorum, .kept_max = 1000});
    const QueueIndex letters = builder.add({.name = "crash-quorum-letters",
                                            .kind = QueueKind::quorum,
                                            .habit = Habit::rejects_some,
                                            .dead_letters = rejected});
    builder.feed(letters, {.body_bytes_max = 6000, .quota = 5000});
}

void add_fan_out(Builder& builder) {
    const ExchangePlan exchange{
        .name = "crash-fan-out",
        .queues = {
            builder.add({.name = "crash-fan-1", .habit = Habit::acknowledges}),
            builder.add({.name = "crash-fan-2", .habit = Habit::requeues_some}),
            builder.add({.name = "crash-fan-3", .kept_max = 500}),
            builder.add({.name = "crash-fan-stream",
                         .kind = QueueKind::stream,
                         .stream_bytes_max = 40'000'000,
                         .segment_bytes_max = 4'000'000}),
        }};
    builder.plan.exchanges.push_back(exchange);
    builder.feed(exchange, {.routing_key = "any", .body_bytes_max = 50'000, .window = 50});
    builder.feed(exchange,
                 {.routing_key = "other", .body_bytes_max = 500, .transient_percent = 10});
}

void add_streams(Builder& builder) {
    const QueueIndex whole = builder.add({.name = "crash-stream", .kind = QueueKind::stream});
    builder.feed(whole,
                 {.body_bytes_max = 300, .transient_percent = 20, .window = 1000, .quota = 5000});
    builder.feed(whole, {.body_bytes_max = 20'000, .quota = 200});

    const QueueIndex cut = builder.add({.name = "crash-stream-cut",
                                        .kind = QueueKind::stream,
                                        .stream_bytes_max = 3'000'000,
                                        .segment_bytes_max = 300'000});
    builder.feed(cut, {.body_bytes_max = 1000});
}

// Some are due at once, others rounds later.
void add_delayed(Builder& builder) {
    const ExchangePlan exchange{
        .name = "crash-delayed",
        .delayed = true,
        .queues = {
            builder.add({.name = "crash-due", .habit = Habit::acknowledges, .gets_delayed = true}),
            builder.add({.name = "crash-quorum-due",
                         .kind = QueueKind::quorum,
                         .kept_max = 1000,
                         .gets_delayed = true}),
        }};
    builder.plan.exchanges.push_back(exchange);
    builder.feed(exchange, {.body_bytes_max = 300, .delay_ms_max = 20'000});
    builder.feed(exchange, {.body_bytes_max = 20'000, .delay_ms_max = 1000, .quota = 500});
}

bool settles(Habit habit) {
    return habit != Habit::absent && habit != Habit::holds;
}

}  // namespace

Plan make_plan() {
    Builder builder;
    add_plain_queues(builder);
    add_particular_queues(builder);
    add_dead_letter_queues(builder);
    add_quorum_queues(builder);
    add_fan_out(builder);
    add_streams(builder);
    add_delayed(builder);
    for (std::size_t i = 0; i < builder.plan.queues.size(); ++i) {
        if (!settles(builder.plan.queues[i].habit)) continue;
        builder.feed(static_cast<QueueIndex>(i), {.body_bytes_max = 40, .barrier = true});
    }
    return std::move(builder.plan);
}

loadgen::FieldTable ExchangePlan::arguments() const {
    if (!delayed) return {};
    return {{"x-delayed-type", std::string("fanout")}};
}

std::optional<SourceIndex> Plan::barrier_source_of(QueueIndex queue) const {
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (sources[i].barrier && sources[i].queues.front() == queue)
            return static_cast<SourceIndex>(i);
    }
    return std::nullopt;
}

loadgen::FieldTable Plan::arguments_of(QueueIndex queue) const {
    const QueuePlan& plan = queues[queue];
    loadgen::FieldTable table;
    if (plan.is_stream()) {
        table.emplace_back("x-queue-type", std::string("stream"));
        if (plan.stream_bytes_max > 0) {
            table.emplace_back("x-max-length-bytes", std::int64_t{plan.stream_bytes_max});
            table.emplace_back("x-stream-max-segment-size-bytes",
                               std::int64_t{plan.segment_bytes_max});
        }
    }
    const bool quorum = plan.kind == QueueKind::quorum;
    if (quorum) {
        table.emplace_back("x-queue-type", std::string("quorum"));
        table.emplace_back("x-delivery-limit", std::int64_t{-1});
    }
    if (plan.priority_max > 0)
        table.emplace_back("x-max-priority", std::int64_t{plan.priority_max});
    if (plan.ttl_ms > 0) table.emplace_back("x-message-ttl", std::int64_t{plan.ttl_ms});
    if (plan.length_max > 0) {
        table.emplace_back("x-max-length", std::int64_t{plan.length_max});
        table.emplace_back("x-overflow", std::string("reject-publish"));
    }
    if (plan.dead_letters) {
        table.emplace_back("x-dead-letter-exchange", std::string());
        table.emplace_back("x-dead-letter-routing-key", queues[*plan.dead_letters].name);
        if (quorum) {
            table.emplace_back("x-dead-letter-strategy", std::string("at-least-once"));
            table.emplace_back("x-overflow", std::string("reject-publish"));
        }
    }
    return table;
}

std::vector<QueueIndex> Plan::in_order_of_flow() const {
    std::vector<QueueIndex> order(queues.size());
    std::iota(order.begin(), order.end(), QueueIndex{0});
    std::erase_if(order, [this](QueueIndex queue) { return queues[queue].is_stream(); });
    std::ranges::stable_sort(order, [this](QueueIndex left, QueueIndex right) {
        return queues[left].dead_letters.has_value() && !queues[right].dead_letters.has_value();
    });
    return order;
}

}  // namespace crash
