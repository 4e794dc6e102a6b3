// Super streams: a direct exchange with a stream for each of its keys. They are made of what exists
// anyway, in the way in which RabbitMQ makes them, so that its clients find the partitions.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr unsigned partitions_usual = 3;
constexpr unsigned partitions_max = 1000;

struct Partition {
    std::string queue;
    std::string key;
};

std::string object_path(const Invocation& call, std::string_view kind, std::string_view name) {
    return fmt::format("/api/{}/{}/{}", kind, path_part(call.vhost()), path_part(name));
}

// By their binding keys, or as many as are wanted, with numbers for keys.
Result<std::vector<Partition>, Failure> wanted_partitions(const Invocation& call) {
    std::vector<Partition> partitions;
    const std::string& name = call.word(0);
    std::string_view keys =
        call.has("binding-keys") ? call.option("binding-keys") : call.option("routing-keys");
    const std::string_view number = call.option("partitions");
    if (!keys.empty() && !number.empty())
        return fail(Failure{exit_code::usage, "Specify --partitions or --binding-keys, not both"});
    while (!keys.empty()) {
        const std::string key(keys.substr(0, keys.find(',')));
        keys.remove_prefix(std::min(key.size() + 1, keys.size()));
        partitions.push_back({fmt::format("{}-{}", name, key), key});
    }
    if (!partitions.empty()) return partitions;
    unsigned count = partitions_usual;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    const bool is_number =
        number.empty() || (error == std::errc() && end == number.data() + number.size());
    if (!is_number || count == 0 || count > partitions_max)
        return fail(
            Failure{exit_code::usage,
                    fmt::format("--partitions takes a number from 1 to {}", partitions_max)});
    for (unsigned place = 0; place < count; ++place)
        partitions.push_back({fmt::format("{}-{}", name, place), std::to_string(place)});
    return partitions;
}

Result<json::object, Failure> stream_arguments(const Invocation& call) {
    json::object arguments{{"x-queue-type", "stream"}};
    if (call.has("max-age")) arguments["x-max-age"] = call.option("max-age");
    if (call.has("leader-locator"))
        arguments["x-queue-leader-locator"] = call.option("leader-locator");
    static constexpr std::array<std::pair<const char*, const char*>, 3> numbers{
        {{"max-length-bytes", "x-max-length-bytes"},
         {"stream-max-segment-size-bytes", "x-stream-max-segment-size-bytes"},
         {"initial-cluster-size", "x-initial-cluster-size"}}};
    for (const auto& [option, argument] : numbers) {
        if (!call.has(option)) continue;
        const std::string_view text = call.option(option);
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size())
            return fail(Failure{exit_code::usage, fmt::format("--{} takes a number", option)});
        arguments[argument] = number;
    }
    return arguments;
}

Outcome add_partition(Invocation& call, const Partition& partition, std::size_t place,
                      const json::object& arguments) {
    if (auto made = call.change("PUT", object_path(call, "queues", partition.queue),
                                json::object{{"durable", true}, {"arguments", arguments}});
        !made)
        return made;
    return call.change(
        "POST",
        fmt::format("/api/bindings/{}/e/{}/q/{}", path_part(call.vhost()), path_part(call.word(0)),
                    path_part(partition.queue)),
        json::object{{"routing_key", partition.key},
                     {"arguments", json::object{{"x-stream-partition-order", place}}}});
}

Outcome add(Invocation& call) {
    const auto partitions = wanted_partitions(call);
    if (!partitions) return fail(partitions.error());
    const auto arguments = stream_arguments(call);
    if (!arguments) return fail(arguments.error());
    call.say(fmt::format("Adding a super stream in vhost '{}' ...", call.vhost()));
    const auto exists = call.exists(object_path(call, "exchanges", call.word(0)));
    if (!exists) return fail(exists.error());
    if (*exists)
        return fail(Failure{exit_code::software,
                            fmt::format("There is an exchange '{}' in vhost '{}' already",
                                        call.word(0), call.vhost())});
    if (auto made =
            call.change("PUT", object_path(call, "exchanges", call.word(0)),
                        json::object{{"type", "direct"},
                                     {"durable", true},
                                     {"arguments", json::object{{"x-super-stream", true}}}});
        !made)
        return made;
    for (std::size_t place = 0; place < partitions->size(); ++place)
        if (auto added = add_partition(call, (*partitions)[place], place, *arguments); !added)
            return added;
    return {};
}

Outcome remove(Invocation& call) {
    call.say(fmt::format("Deleting super stream {} on vhost {} ...", call.word(0), call.vhost()));
    const std::string exchange = object_path(call, "exchanges", call.word(0));
    const auto found = call.exists(exchange);
    if (!found) return fail(found.error());
    const auto told = *found ? call.get(exchange) : json::value(json::object());
    if (!told) return fail(told.error());
    const json::value* arguments = told->as_object().if_contains("arguments");
    if (arguments == nullptr || !arguments->is_object() ||
        !arguments->as_object().contains("x-super-stream"))
        return fail(Failure{exit_code::data_error,
                            fmt::format("There is no super stream '{}' in vhost '{}'", call.word(0),
                                        call.vhost())});
    const auto bindings = call.list(exchange + "/bindings/source");
    if (!bindings) return fail(bindings.error());
    for (const auto& binding : *bindings)
        if (auto gone = call.change(
                "DELETE", object_path(call, "queues", cell_text(binding.at("destination"))));
            !gone)
            return gone;
    return call.change("DELETE", exchange);
}

constexpr Option add_options[] = {{"partitions"},       {"binding-keys"},
                                  {"routing-keys"},     {"max-age"},
                                  {"max-length-bytes"}, {"stream-max-segment-size-bytes"},
                                  {"leader-locator"},   {"initial-cluster-size"}};

constexpr Command commands[] = {
    {"add_super_stream", tools::streams, Group::queues,
     "<name> [--partitions <number> | --binding-keys <keys>] [--max-age <age>] "
     "[--max-length-bytes <bytes>]",
     "Makes a direct exchange with a stream for each key", 1, 1, add, add_options},
    {"delete_super_stream", tools::streams, Group::queues, "<name>",
     "Deletes such an exchange and its streams", 1, 1, remove},
};

}  // namespace

std::span<const Command> super_stream_commands() {
    return commands;
}

}  // namespace warren::cli
