// What goes beyond RabbitMQ: why things are as they are.
//
//   POST /api/explain/:vhost/route          where a message would go, and why
//   GET  /api/explain/:vhost/queue/:queue   why a queue is not consumed, or its publishers wait
//
// Each answer has its facts as members, and what they amount to as sentences in `text`.
#include <fmt/format.h>

#include <algorithm>

#include "amqp091/content_header.h"
#include "base/limits.h"
#include "broker/exchange/exchange_types.h"
#include "broker/routing/explain_route.h"
#include "broker/routing/route_message.h"
#include "broker/topology/effective_settings.h"
#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

// ---- where a message goes ----

std::string exchange_words(const broker::ExchangeRecord& exchange) {
    return exchange.is_default() ? "the default exchange"
                                 : fmt::format("exchange '{}'", exchange.name);
}

std::string cause_words(const broker::RouteStep& step) {
    switch (step.cause) {
        case broker::RouteStep::Cause::published:
            return "it is published there";
        case broker::RouteStep::Cause::binding:
            return fmt::format("it is bound to {}", exchange_words(*step.from));
        case broker::RouteStep::Cause::alternate:
            return fmt::format("it is the alternate exchange of {}, where nothing matched",
                               exchange_words(*step.from));
    }
    return {};
}

json::object binding_json(const broker::Binding& binding) {
    const bool to_queue = binding.destination->kind == broker::DestinationKind::queue;
    return {{"destination", binding.destination->name},
            {"destination_type", to_queue ? "queue" : "exchange"},
            {"routing_key", binding.key},
            {"arguments", to_json(*binding.arguments)}};
}

std::string binding_words(const broker::Binding& binding) {
    const bool to_queue = binding.destination->kind == broker::DestinationKind::queue;
    std::string words =
        fmt::format("  -> {} '{}', by the binding with key '{}'", to_queue ? "queue" : "exchange",
                    binding.destination->name, binding.key);
    if (!binding.arguments->empty())
        words += fmt::format(" and arguments {}", json::serialize(to_json(*binding.arguments)));
    return words;
}

// Where its alternate exchange comes from, too, if it has one.
json::value policy_of(const broker::ExchangeRecord& exchange) {
    const auto* policy = exchange.vhost->policies.effective(exchange);
    if (policy == nullptr || policy->user == nullptr) return nullptr;
    return json::string(policy->user->name);
}

class RouteAnswer {
public:
    void add(const broker::RouteStep& step) {
        const broker::ExchangeRecord& exchange = *step.exchange;
        json::array bindings;
        say(fmt::format("{} ({}): {}", exchange_words(exchange), exchange.type->name,
                        cause_words(step)));
        for (const broker::Binding* binding : step.matched) {
            bindings.push_back(binding_json(*binding));
            say(binding_words(*binding));
            if (binding->destination->kind == broker::DestinationKind::queue)
                add_queue(binding->destination->name);
        }
        for (const broker::QueueRecord* queue : step.by_name) {
            say(fmt::format("  -> queue '{}', which has that name", queue->name));
            add_queue(queue->name);
        }
        if (step.held) say("  it waits here until its delay is over; then it goes on");
        const bool nowhere = step.matched.empty() && step.by_name.empty();
        if (nowhere && step.alternate == nullptr)
            say("  nothing matches, and there is no alternate exchange: it goes nowhere from here");
        steps_.push_back(json::object{
            {"exchange", exchange.name},
            {"type", exchange.type->name},
            {"because", cause_words(step)},
            {"policy", policy_of(exchange)},
            {"bindings", std::move(bindings)},
            {"held", step.held},
            {"alternate_exchange", step.alternate == nullptr
                                       ? json::value(nullptr)
                                       : json::value(json::string(step.alternate->name))}});
    }

    json::object finish() {
        if (queues_.empty())
            say("It reaches no queue: a mandatory message comes back, any other is dropped.");
        return {{"queues", std::move(queues_)},
                {"steps", std::move(steps_)},
                {"text", std::move(text_)}};
    }

private:
    void say(std::string words) { text_.push_back(json::string(words)); }
    void add_queue(const std::string& name) {
        const json::value queue = json::string(name);
        if (std::ranges::find(queues_, queue) == queues_.end()) queues_.push_back(queue);
    }

    json::array queues_;
    json::array steps_;
    json::array text_;
};

// ---- a queue ----

class Findings {
public:
    void add(std::string_view code, std::string words) {
        list_.push_back(json::object{{"code", code}});
        text_.push_back(json::string(words));
    }
    void put_into(json::object& answer) {
        answer["findings"] = std::move(list_);
        answer["text"] = std::move(text_);
    }

private:
    json::array list_;
    json::array text_;
};

void look_at_consumers(const broker::QueueStats& stats, Findings& findings) {
    if (stats.ready == 0) findings.add("nothing_ready", "Nothing waits to be delivered.");
    if (stats.consumers == 0) return findings.add("no_consumers", "It has no consumers.");
    if (stats.exclusive_consumer)
        findings.add("exclusive_consumer", "Its consumer is exclusive: no other may join.");
    if (stats.single_active_consumer)
        findings.add("single_active_consumer",
                     fmt::format("Only one of its {} consumers is active "
                                 "(x-single-active-consumer); the others wait for it to leave.",
                                 stats.consumers));
    if (stats.consumers_able != 0) {
        if (stats.ready != 0)
            findings.add("delivering", fmt::format("{} of its {} consumers can take messages now.",
                                                   stats.consumers_able, stats.consumers));
    } else if (stats.unacked != 0) {
        findings.add("prefetch_full",
                     fmt::format("None of its consumers can take more: {} messages are delivered "
                                 "and not acknowledged, as many as their prefetch allows, or "
                                 "their connections do not read what they are sent.",
                                 stats.unacked));
    } else if (stats.ready != 0) {
        findings.add("consumers_do_not_read",
                     "None of its consumers can take more: their connections do not read what "
                     "they are sent.");
    }
}

// Worth to be told.
constexpr std::int64_t long_ms = 10'000;

void look_at_messages(const broker::QueueStats& stats, Findings& findings) {
    if (stats.unacked != 0)
        findings.add("unacknowledged",
                     fmt::format("{} messages wait for an acknowledgement.", stats.unacked));
    if (stats.oldest_unacked && stats.oldest_unacked->age_ms >= long_ms)
        findings.add("held_for_long",
                     fmt::format("The oldest of them was delivered {} seconds ago to {}.",
                                 stats.oldest_unacked->age_ms / 1000,
                                 stats.oldest_unacked->consumer_tag.empty()
                                     ? "a basic.get"
                                     : fmt::format("the consumer '{}'",
                                                   stats.oldest_unacked->consumer_tag)));
    if (stats.oldest_ready_ms.value_or(0) >= long_ms)
        findings.add("waiting_for_long",
                     fmt::format("Its oldest message has waited for {} seconds.",
                                 *stats.oldest_ready_ms / 1000));
    if (stats.delayed != 0)
        findings.add("delayed",
                     fmt::format("{} messages have come back and wait before they are delivered "
                                 "again.",
                                 stats.delayed));
    if (stats.assured_letters != 0)
        findings.add("dead_letters",
                     fmt::format("{} dead letters wait here until their dead-letter exchange has "
                                 "them safe.",
                                 stats.assured_letters));
}

void look_at_publishers(const broker::QueueRecord& queue, const broker::QueueStats& stats,
                        const Alarms& alarms, Findings& findings) {
    const broker::QueueSettings settings = broker::effective_settings(queue);
    const bool rejects = settings.overflow != broker::Overflow::drop_head;
    const bool full =
        (settings.length_max && stats.ready >= *settings.length_max) ||
        (settings.length_bytes_max && stats.ready_bytes >= *settings.length_bytes_max);
    if (full && rejects)
        findings.add("rejects_publishes",
                     "It is as long as it may be: what is published to it is refused (overflow).");
    else if (full)
        findings.add("drops_head",
                     "It is as long as it may be: its oldest messages are dropped (overflow).");
    if (alarms.memory)
        findings.add("memory_alarm", "Memory is short: publishers of this node are held back.");
    if (alarms.disk)
        findings.add("disk_alarm", "Disk space is short: publishers of this node are held back.");
}

json::object queue_facts(const broker::QueueRecord& queue, const broker::QueueStats& stats) {
    return {{"name", queue.name},
            {"vhost", queue.vhost->name},
            {"type", broker::name_of(queue.type)},
            {"messages_ready", stats.ready},
            {"messages_unacknowledged", stats.unacked},
            {"consumers", stats.consumers},
            {"consumers_able", stats.consumers_able}};
}

void answer(const CallRef& call, const broker::QueueStats& stats) {
    // It may have gone while it was asked.
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    Findings findings;
    if (queue->type != broker::QueueType::stream) look_at_consumers(stats, findings);
    look_at_messages(stats, findings);
    look_at_publishers(*queue, stats, call->api().alarms(), findings);
    json::object facts = queue_facts(*queue, stats);
    findings.put_into(facts);
    call->respond_json(facts);
}

}  // namespace

void explain_route(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"exchange", "routing_key"});
    const std::string name = body.text("exchange", "");
    const std::string key = body.text("routing_key", "");
    const amqp091::FieldTable headers = body.table("headers");
    if (!body.ok()) return;
    const auto* vhost = call->api().topology().find_vhost(call->part("vhost"));
    const auto* exchange =
        vhost == nullptr ? nullptr : vhost->find_exchange(exchange_name_in(name));
    if (exchange == nullptr) return call->refuse(404, "not_found", "exchange_not_found");
    if (!check_access(call, {auth::ResourceKind::exchange, vhost->name, exchange->name},
                      auth::Permission::read))
        return;
    amqp091::HeaderEdit edit;
    if (!headers.empty()) edit.set_headers(headers);
    const std::string encoded = edit.encode(0);
    const auto header = amqp091::ContentHeader::decode(as_bytes(encoded));
    if (!header) return call->refuse_bad("headers cannot be those of a message");
    if (key.size() > limits::short_string_bytes_max)
        return call->refuse_bad("routing_key is too long");
    const auto message = broker::Message::make(exchange->name, key, as_bytes(encoded), {}, {});
    const auto copies = broker::extra_keys_of(*message);
    const std::vector<std::string_view> extra_keys(copies.begin(), copies.end());
    Prng random(1);
    RouteAnswer answer;
    for (const auto& step : broker::explain_route(
             call->api().topology(), *exchange,
             {.routing_key = key, .extra_keys = extra_keys, .header = &*header, .random = &random}))
        answer.add(step);
    call->respond_json(answer.finish());
}

void explain_queue(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    const QueueId id = queue->id();
    call->api().reports().survey_queues({{id, queue->shard}}, [call, id](QueueReports reports) {
        const auto found = reports.find(id);
        if (found == reports.end()) return call->refuse_not_found();
        answer(call, found->second);
    });
}

}  // namespace warren::http::routes
