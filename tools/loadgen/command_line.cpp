#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

#include "options.h"

namespace loadgen {
namespace {

void add_target(CLI::App& app, Options& o, std::string& uri) {
    app.add_option("--uri", uri, "amqp://user:password@host:port/vhost")->group("Broker");
    app.add_option("--host", o.target.host, "host name or address")->group("Broker");
    app.add_option("--port", o.target.port, "AMQP port")->group("Broker");
    app.add_option("--user", o.target.user, "user name")->group("Broker");
    app.add_option("--pass", o.target.password, "password")->group("Broker");
    app.add_option("--vhost", o.target.vhost, "virtual host")->group("Broker");
    app.add_option("--frame-max", o.target.frame_bytes_max, "largest frame, if the broker agrees")
        ->group("Broker");
    app.add_option(
           "--broker-pid", o.broker_pid,
           "measure CPU and memory of this process and its descendants (RabbitMQ: beam.smp)")
        ->group("Broker");
}

void add_participants(CLI::App& app, Options& o) {
    app.add_option("--producers", o.producers, "producers, one connection each")
        ->group("Participants");
    app.add_option("--consumers", o.consumers,
                   "consumers, one connection each; of several queues if those are more")
        ->group("Participants");
    app.add_option("--producer-channels", o.producer_channels,
                   "publishing channels on each producer; spread over queues if those are more")
        ->group("Participants");
    app.add_option("--threads", o.threads, "event loops")->group("Participants");
}

// Fields of argument tables, as they were given.
struct Arguments {
    std::vector<std::string> of_queues;
    std::vector<std::string> of_consumers;
};

bool add_fields(const std::vector<std::string>& given, const char* option, FieldTable& table) {
    for (const std::string& argument : given) {
        auto field = parse_field(argument);
        if (!field) {
            std::fprintf(stderr, "%s: not key=value: %s\n", option, argument.c_str());
            return false;
        }
        table.push_back(std::move(*field));
    }
    return true;
}

void add_topology(CLI::App& app, Options& o, Arguments& arguments) {
    app.add_option("--queues", o.queues, "number of queues")->group("Queues");
    app.add_option("--queue-pattern", o.queue_pattern, "queue names, %d is the number")
        ->group("Queues");
    app.add_option("--queue-pattern-from", o.queue_pattern_from, "the first number")
        ->group("Queues");
    app.add_option("--queue-args", arguments.of_queues, "key=value, comma separated or repeated")
        ->delimiter(',')
        ->group("Queues");
    app.add_option("--consumer-args", arguments.of_consumers, "the same, for consumers")
        ->delimiter(',')
        ->group("Queues");
    app.add_flag("--durable", o.durable, "durable queues and exchange")->group("Queues");
    app.add_flag("--auto-delete", o.auto_delete, "auto-delete queues")->group("Queues");
    app.add_flag("--keep", o.keep, "do not delete the queues at the end")->group("Queues");
    app.add_flag("--predeclared", o.predeclared, "queues and bindings exist: declare nothing")
        ->group("Queues");
    app.add_option("--exchange", o.exchange, "exchange (default: the default exchange)")
        ->group("Queues");
    app.add_option("--type", o.exchange_type, "type of the exchange")->group("Queues");
    app.add_flag("--spread", o.spread, "each producer publishes to all queues in turn")
        ->group("Queues");
    app.add_option("--bindings", o.bindings,
                   "so many bindings, with patterns if the type is topic; keys match one each")
        ->group("Queues");
    app.add_option("--routing-key", o.routing_key, "one routing key for all, else the queue's name")
        ->group("Queues");
}

void add_messages(CLI::App& app, Options& o, bool& one_at_a_time) {
    app.add_option("--size", o.body_bytes, "bytes of a body")->group("Messages");
    app.add_flag("--persistent", o.persistent, "delivery mode 2")->group("Messages");
    app.add_flag("--mandatory", o.mandatory, "a returned message is an error")->group("Messages");
    app.add_option("--confirm", o.confirm_window, "confirms, at most N outstanding on a channel")
        ->group("Messages");
    app.add_flag("--one-at-a-time", one_at_a_time, "the same as --confirm 1")->group("Messages");
    app.add_option("--rate", o.rate, "messages a second of each producer channel")
        ->group("Messages");
    app.add_option("--prefetch", o.prefetch, "basic.qos of each consumer, 0: unlimited")
        ->group("Messages");
    app.add_option("--ack-every", o.ack_every, "acknowledge by multiple after every N messages")
        ->group("Messages");
    app.add_flag("--streams", o.streams, "the queue is a stream: every consumer reads all of it")
        ->group("Messages");
    app.add_flag("--auto-ack", o.auto_ack, "consume without acknowledgements")->group("Messages");
}

void add_length(CLI::App& app, Options& o, bool& backlog) {
    app.add_option("--time", o.seconds, "measured seconds")->group("Length");
    app.add_option("--warmup", o.warmup_s, "seconds before the measurement")->group("Length");
    app.add_option("--count", o.count, "messages of each producer channel instead of a time")
        ->group("Length");
    app.add_option("--drain-timeout", o.drain_timeout_s, "seconds without any progress at the end")
        ->group("Length");
    app.add_flag("--backlog", backlog, "publish only; the same as --consumers 0")->group("Length");
    app.add_flag("--drain", o.drain, "consume what the queues hold, then end")->group("Length");
}

void add_other_kinds(CLI::App& app, Options& o) {
    const std::map<std::string, Churn> kinds{{"connection", Churn::connection},
                                             {"channel", Churn::channel},
                                             {"queue", Churn::queue},
                                             {"binding", Churn::binding}};
    app.add_option("--idle-connections", o.idle_connections,
                   "open N connections and measure memory")
        ->group("Other runs");
    app.add_option("--idle-channels", o.idle_channels, "channels on each idle connection")
        ->group("Other runs");
    app.add_option("--churn", o.churn, "create and delete: connection, channel, queue or binding")
        ->transform(CLI::CheckedTransformer(kinds, CLI::ignore_case))
        ->group("Other runs");
    app.add_option("--churn-depth", o.churn_depth, "requests in flight on each connection")
        ->group("Other runs");
    app.add_option("--churn-connections", o.churn_connections, "connections to make requests on")
        ->group("Other runs");
    app.add_option("--churn-count", o.churn_count,
                   "so many once, all created and then all deleted, instead of a time")
        ->group("Other runs");
    app.add_flag("--churn-leave", o.churn_leave,
                 "queues are exclusive (or --auto-delete) and go when their connections close")
        ->group("Other runs");
}

void add_output(CLI::App& app, Options& o) {
    app.add_flag("--latency", o.latency, "end-to-end latency by a time stamp in the body")
        ->group("Output");
    app.add_flag("--verify-body", o.verify_body, "compare every byte of every body")
        ->group("Output");
    app.add_flag("--allow-loss", o.allow_loss, "missing messages are no error (length limits, TTL)")
        ->group("Output");
    app.add_option("--json", o.json_file, "write the result there, - for standard output")
        ->group("Output");
    app.add_option("--interval", o.interval_s, "seconds between progress lines")->group("Output");
    app.add_flag("--quiet", o.quiet, "no progress lines")->group("Output");
}

}  // namespace

std::optional<int> parse_command_line(int argc, char** argv, Options& options) {
    CLI::App app{"AMQP 0-9-1 load generator: measures a broker and checks what it delivers"};
    std::string uri;
    Arguments arguments;
    bool one_at_a_time = false;
    bool backlog = false;
    add_target(app, options, uri);
    add_participants(app, options);
    add_topology(app, options, arguments);
    add_messages(app, options, one_at_a_time);
    add_length(app, options, backlog);
    add_other_kinds(app, options);
    add_output(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!uri.empty() && !apply_uri(uri, options.target)) {
        std::fprintf(stderr, "--uri: not an amqp:// address: %s\n", uri.c_str());
        return 2;
    }
    if (!add_fields(arguments.of_queues, "--queue-args", options.queue_arguments)) return 2;
    if (!add_fields(arguments.of_consumers, "--consumer-args", options.consumer_arguments))
        return 2;
    if (one_at_a_time) options.confirm_window = 1;
    if (backlog) options.consumers = 0;
    if (options.drain && app.count("--producers") == 0) options.producers = 0;
    if (const auto contradiction = find_contradiction(options)) {
        std::fprintf(stderr, "%s\n", contradiction->c_str());
        return 2;
    }
    return std::nullopt;
}

}  // namespace loadgen
