#include "churn_run.h"

#include <functional>
#include <vector>

#include "clock.h"
#include "control_client.h"

namespace loadgen {
namespace {

// One lap creates --churn-depth things and deletes them again; the requests go out together, then
// come the answers.
using Lap = std::function<void()>;

ControlClient ready_client(const Options& options) {
    ControlClient client(options.target);
    client.handshake();
    return client;
}

void churn_connections(const Options& options) {
    std::vector<ControlClient> clients;
    clients.reserve(options.churn_depth);
    for (unsigned i = 0; i < options.churn_depth; ++i)
        clients.emplace_back(options.target);
    for (ControlClient& client : clients)
        client.answer_start();
    for (ControlClient& client : clients)
        client.answer_tune();
    for (ControlClient& client : clients)
        client.finish_open();
    for (ControlClient& client : clients)
        client.request_close();
    for (ControlClient& client : clients)
        client.finish_close();
}

void churn_channels(const Options& options, ControlClient& client) {
    std::string opens;
    std::string closes;
    for (unsigned i = 0; i < options.churn_depth; ++i) {
        const auto channel = static_cast<std::uint16_t>(i + 1);
        FrameWriter(opens).method(channel, Method::channel_open).short_string("").end();
        FrameWriter(closes)
            .method(channel, Method::channel_close)
            .u16(200)
            .short_string("")
            .u32(0)
            .end();
    }
    client.send(opens);
    for (unsigned i = 0; i < options.churn_depth; ++i)
        client.wait_for(Method::channel_open_ok);
    client.send(closes);
    for (unsigned i = 0; i < options.churn_depth; ++i)
        client.wait_for(Method::channel_close_ok);
}

void exchange_batch(ControlClient& client, const std::string& requests, unsigned count,
                    Method answer) {
    client.send(requests);
    for (unsigned i = 0; i < count; ++i)
        client.wait_for(1, answer);
}

void churn_queues(const Options& options, ControlClient& client) {
    std::string declares;
    std::string deletes;
    for (unsigned i = 0; i < options.churn_depth; ++i) {
        const std::string name = "loadgen-churn-" + std::to_string(i);
        FrameWriter declare(declares);
        declare.method(1, Method::queue_declare).u16(0).short_string(name);
        declare.u8(options.durable ? 2 : 0).table(options.queue_arguments).end();
        FrameWriter(deletes).method(1, Method::queue_delete).u16(0).short_string(name).u8(0).end();
    }
    exchange_batch(client, declares, options.churn_depth, Method::queue_declare_ok);
    exchange_batch(client, deletes, options.churn_depth, Method::queue_delete_ok);
}

void churn_bindings(const Options& options, ControlClient& client, const std::string& queue) {
    std::string binds;
    std::string unbinds;
    for (unsigned i = 0; i < options.churn_depth; ++i) {
        const std::string key = "key." + std::to_string(i);
        FrameWriter bind(binds);
        bind.method(1, Method::queue_bind).u16(0).short_string(queue).short_string("amq.topic");
        bind.short_string(key).u8(0).table({}).end();
        FrameWriter unbind(unbinds);
        unbind.method(1, Method::queue_unbind).u16(0).short_string(queue).short_string("amq.topic");
        unbind.short_string(key).table({}).end();
    }
    exchange_batch(client, binds, options.churn_depth, Method::queue_bind_ok);
    exchange_batch(client, unbinds, options.churn_depth, Method::queue_unbind_ok);
}

void declare_binding_target(const Options& options, ControlClient& client,
                            const std::string& queue) {
    std::string out;
    FrameWriter writer(out);
    writer.method(1, Method::queue_declare).u16(0).short_string(queue).u8(options.durable ? 2 : 0);
    writer.table(options.queue_arguments).end();
    client.call(out, 1, Method::queue_declare_ok);
}

void delete_binding_target(ControlClient& client, const std::string& queue) {
    std::string out;
    FrameWriter(out).method(1, Method::queue_delete).u16(0).short_string(queue).u8(0).end();
    client.call(out, 1, Method::queue_delete_ok);
}

const char* word_for(Churn churn) {
    switch (churn) {
        case Churn::connection:
            return "connection";
        case Churn::channel:
            return "channel";
        case Churn::queue:
            return "queue";
        default:
            return "binding";
    }
}

Outcome measure(const Options& options, const std::string& product, const Lap& lap) {
    const ProcessWatch broker(options.broker_pid);
    const Nanos start = monotonic_now();
    const auto before = broker.sample();
    const double own_before = own_cpu_s();
    std::uint64_t created = 0;
    while (monotonic_now() < start + to_nanos(options.seconds)) {
        lap();
        created += options.churn_depth;
    }
    const auto after = broker.sample();
    Cost cost{.seconds = to_seconds(monotonic_now() - start),
              .own_cpu_s = own_cpu_s() - own_before};
    if (before && after) {
        cost.broker_watched = true;
        cost.broker_cpu_s = after->cpu_s - before->cpu_s;
        cost.broker_resident_bytes = after->resident_bytes;
        cost.broker_resident_peak_bytes = after->resident_bytes;
    }
    Outcome outcome;
    const char* const word = word_for(options.churn);
    const double rate = static_cast<double>(created) / cost.seconds;
    outcome.text =
        product + ": " + word + " churn, " + with_thousands(rate) + "/s created and deleted\n";
    outcome.json.add("product", product).add("churn", word).add("seconds", cost.seconds);
    outcome.json.add("created", created).add("created_per_s", rate);
    cost.describe(static_cast<double>(created), word, outcome.text, outcome.json);
    return outcome;
}

}  // namespace

Outcome run_churn(const Options& options) {
    ControlClient client = ready_client(options);
    const std::string product = client.product();
    switch (options.churn) {
        case Churn::connection:
            return measure(options, product, [&] { churn_connections(options); });
        case Churn::channel:
            return measure(options, product, [&] { churn_channels(options, client); });
        case Churn::queue:
            client.open_channel(1);
            return measure(options, product, [&] { churn_queues(options, client); });
        default:
            break;
    }
    const std::string queue = "loadgen-churn";
    client.open_channel(1);
    declare_binding_target(options, client, queue);
    Outcome outcome = measure(options, product, [&] { churn_bindings(options, client, queue); });
    delete_binding_target(client, queue);
    return outcome;
}

}  // namespace loadgen
