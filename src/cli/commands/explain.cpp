// warrenctl explain: why things are as they are.
#include <fmt/format.h>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

// The sentences, or all that the node has answered.
Outcome tell(Invocation& call, const json::object& answer) {
    if (call.show_json(answer)) return {};
    for (const json::value& sentence : answer.at("text").as_array())
        call.print_line(view(sentence.as_string()));
    return {};
}

Outcome not_there() {
    return fail(Failure{exit_code::data_error,
                        "Object (queue, stream, exchange, etc) was not found", true});
}

Outcome tell(Invocation& call, const Question& question) {
    const auto reply = call.ask(question);
    if (!reply) return fail(reply.error());
    if (reply->status == 404) return not_there();
    if (reply->status >= 400) return fail(failure_of(*reply));
    return tell(call, json::parse(reply->body).as_object());
}

Outcome explain_route(Invocation& call) {
    if (call.word_count() < 2)
        return fail(Failure{exit_code::usage, "explain route <exchange> [<routing_key>]"});
    json::object body{{"exchange", call.word(1)},
                      {"routing_key", call.word_count() > 2 ? call.word(2) : std::string()}};
    if (call.has("headers")) {
        boost::system::error_code error;
        body["headers"] = json::parse(call.option("headers"), error);
        if (error || !body["headers"].is_object())
            return fail(Failure{exit_code::usage, "--headers takes a JSON object"});
    }
    call.say(fmt::format("Following a message through vhost '{}' ...", call.vhost()));
    return tell(call, {.method = "POST",
                       .path = fmt::format("/api/explain/{}/route", path_part(call.vhost())),
                       .body = json::serialize(body)});
}

Outcome explain_queue(Invocation& call) {
    if (call.word_count() != 2) return fail(Failure{exit_code::usage, "explain queue <queue>"});
    call.say(fmt::format("Looking at queue '{}' in vhost '{}' ...", call.word(1), call.vhost()));
    return tell(call, {.path = fmt::format("/api/explain/{}/queue/{}", path_part(call.vhost()),
                                           path_part(call.word(1)))});
}

Outcome explain(Invocation& call) {
    if (call.word(0) == "route") return explain_route(call);
    if (call.word(0) == "queue") return explain_queue(call);
    return fail(Failure{exit_code::usage,
                        fmt::format("explain queue or route, and not '{}'", call.word(0))});
}

constexpr Option options[] = {{"headers"}};
constexpr Command commands[] = {
    {"explain", tools::bit(Tool::warrenctl), Group::operations,
     "queue <queue> | route <exchange> [<routing_key>] [--headers <json>]",
     "Tells why a queue is not consumed, or where a message would go and why", 1, 3, explain,
     options},
};

}  // namespace

std::span<const Command> explain_commands() {
    return commands;
}

}  // namespace warren::cli
