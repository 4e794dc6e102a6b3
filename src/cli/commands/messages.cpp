// What goes beyond RabbitMQ's tools: looking into queues, and moving, copying, deleting and driving
// back what is in them.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <thread>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr auto between_questions = std::chrono::milliseconds(100);
// Progress is told once in so many questions.
constexpr int questions_a_word = 20;

std::string queue_path(const Invocation& call) {
    return fmt::format("/api/queues/{}/{}", path_part(call.vhost()), path_part(call.word(0)));
}

Failure wrong(std::string_view option, std::string_view why) {
    return {exit_code::usage, fmt::format("--{} {}", option, why)};
}

// Puts a number into the body, if the option is there.
Outcome add_number(const Invocation& call, std::string_view option, std::string_view member,
                   json::object& body) {
    if (!call.has(option)) return {};
    const std::string_view text = call.option(option);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return fail(wrong(option, "takes a number"));
    body[member] = number;
    return {};
}

// "a=1,b" as {"a": "1", "b": null}.
json::object pairs_in(std::string_view text) {
    json::object pairs;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos)
            pairs[pair] = nullptr;
        else
            pairs[pair.substr(0, equals)] = pair.substr(equals + 1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pairs;
}

// Which messages are meant, as all commands take it.
Result<json::object, Failure> selection(const Invocation& call) {
    json::object filter;
    if (call.has("exchange")) filter["exchange"] = call.option("exchange");
    if (call.has("routing-key")) filter["routing_key"] = call.option("routing-key");
    if (call.has("headers")) filter["headers"] = pairs_in(call.option("headers"));
    if (call.has("properties")) filter["properties"] = pairs_in(call.option("properties"));
    for (const auto& [option, member] :
         {std::pair("older-than", "older_than"), std::pair("younger-than", "younger_than")})
        if (auto added = add_number(call, option, member, filter); !added)
            return fail(added.error());
    json::object body;
    if (!filter.empty()) body["filter"] = std::move(filter);
    for (const std::string_view option : {"count", "skip", "offset"})
        if (auto added = add_number(call, option, option, body); !added) return fail(added.error());
    return body;
}

Result<json::object, Failure> post(Invocation& call, std::string_view action,
                                   const json::object& body) {
    const auto reply = call.ask({.method = "POST",
                                 .path = fmt::format("{}/{}", queue_path(call), action),
                                 .body = json::serialize(body)});
    if (!reply) return fail(reply.error());
    if (reply->status == 404)
        return fail(
            Failure{exit_code::unavailable,
                    fmt::format("Target queue was not found in virtual host '{}'", call.vhost())});
    if (reply->status >= 400) return fail(failure_of(*reply));
    return json::parse(reply->body).as_object();
}

// ---- peek ----

Outcome peek(Invocation& call) {
    auto body = selection(call);
    if (!body) return fail(body.error());
    if (auto added = add_number(call, "truncate", "truncate", *body); !added) return added;
    if (call.word_count() == 2) {
        std::int64_t position = 0;
        const std::string& text = call.word(1);
        std::from_chars(text.data(), text.data() + text.size(), position);
        if (position < 1)
            return fail(Failure{exit_code::usage, "position: 1 is the first message"});
        (*body)["skip"] = position - 1;
        (*body)["count"] = 1;
    }
    if (call.has("from")) (*body)["from"] = call.option("from");
    call.say(fmt::format("Looking into queue '{}' in vhost '{}' ...", call.word(0), call.vhost()));
    auto answer = post(call, "peek", *body);
    if (!answer) return fail(answer.error());
    if (call.show_json(*answer)) return {};
    Table table{.columns = {"position", "redelivered", "exchange", "routing_key", "payload_bytes",
                            "properties", "payload"},
                .rows = {}};
    for (auto& message : answer->at("messages").as_array())
        table.rows.push_back(std::move(message.as_object()));
    call.show(table);
    if (const auto* next = answer->at("next").if_string())
        call.say(fmt::format("There may be more: --from {}", view(*next)));
    return {};
}

// ---- jobs ----

std::uint64_t number_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

bool is_running(const json::object& job) {
    return view(job.at("state").as_string()) == "running";
}

// Until the job has ended; says how far it is now and then.
Outcome follow(Invocation& call, json::object& job) {
    const std::string path = fmt::format("/api/message-jobs/{}", number_in(job, "id"));
    for (int questions = 1; is_running(job); ++questions) {
        std::this_thread::sleep_for(between_questions);
        auto now = call.get(path);
        if (!now) return fail(now.error());
        job = std::move(now->as_object());
        if (is_running(job) && questions % questions_a_word == 0)
            call.say(fmt::format("... {} looked at, {} done", number_in(job, "looked_at"),
                                 number_in(job, "done")));
    }
    return {};
}

Outcome run_job(Invocation& call, std::string_view action, std::string_view done_word,
                const json::object& body) {
    auto job = post(call, action, body);
    if (!job) return fail(job.error());
    if (auto ended = follow(call, *job); !ended) return ended;
    if (!call.show_json(*job)) {
        call.print_line(fmt::format("{} {} of {} messages looked at", done_word,
                                    number_in(*job, "done"), number_in(*job, "looked_at")));
        if (const auto left = number_in(*job, "left"); left != 0)
            call.print_line(fmt::format(
                "{} are where they were: their new place does not exist or refused them", left));
    }
    if (view(job->at("state").as_string()) == "done") return {};
    const json::value* reason = job->if_contains("reason");
    return fail(Failure{exit_code::unavailable,
                        reason == nullptr ? "cancelled" : std::string(view(reason->as_string()))});
}

Outcome carry(Invocation& call, std::string_view action, std::string_view doing,
              std::string_view done_word) {
    auto body = selection(call);
    if (!body) return fail(body.error());
    if (call.has("to-queue") == call.has("to-exchange"))
        return fail(Failure{exit_code::usage, "one of --to-queue and --to-exchange is needed"});
    if (call.has("to-queue")) (*body)["to_queue"] = call.option("to-queue");
    if (call.has("to-exchange")) (*body)["to_exchange"] = call.option("to-exchange");
    if (call.has("to-routing-key")) (*body)["to_routing_key"] = call.option("to-routing-key");
    call.say(fmt::format("{} messages of queue '{}' in vhost '{}' ...", doing, call.word(0),
                         call.vhost()));
    return run_job(call, action, done_word, *body);
}

Outcome move(Invocation& call) {
    return carry(call, "move", "Moving", "Moved");
}

Outcome copy(Invocation& call) {
    return carry(call, "copy", "Copying", "Copied");
}

Outcome delete_messages(Invocation& call) {
    auto body = selection(call);
    if (!body) return fail(body.error());
    if (body->empty() && !call.has("all"))
        return fail(Failure{exit_code::usage, "say which messages, or --all"});
    call.say(fmt::format("Deleting messages of queue '{}' in vhost '{}' ...", call.word(0),
                         call.vhost()));
    return run_job(call, "delete-messages", "Deleted", *body);
}

Outcome redrive(Invocation& call) {
    auto body = selection(call);
    if (!body) return fail(body.error());
    call.say(fmt::format("Driving messages of queue '{}' in vhost '{}' back ...", call.word(0),
                         call.vhost()));
    return run_job(call, "redrive", "Drove back", *body);
}

constexpr Option peek_options[] = {{"exchange"},   {"routing-key"},  {"headers"}, {"properties"},
                                   {"older-than"}, {"younger-than"}, {"count"},   {"skip"},
                                   {"offset"},     {"truncate"},     {"from"}};
constexpr Option carry_options[] = {{"exchange"},   {"routing-key"}, {"headers"},
                                    {"properties"}, {"older-than"},  {"younger-than"},
                                    {"count"},      {"skip"},        {"offset"},
                                    {"to-queue"},   {"to-exchange"}, {"to-routing-key"}};
constexpr Option selecting_options[] = {{"exchange"},   {"routing-key"}, {"headers"},
                                        {"properties"}, {"older-than"},  {"younger-than"},
                                        {"count"},      {"skip"},        {"all", 0, false}};

constexpr unsigned only_warrenctl = tools::bit(Tool::warrenctl);
constexpr Command commands[] = {
    {"copy", only_warrenctl, Group::queues,
     "<queue> --to-queue <queue> | --to-exchange <exchange> [--to-routing-key <key>] [<selection>]",
     "Copies messages that are meant", 1, 1, copy, carry_options},
    {"delete-messages", only_warrenctl, Group::queues, "<queue> <selection> | --all",
     "Deletes messages that are meant", 1, 1, delete_messages, selecting_options},
    {"move", only_warrenctl, Group::queues,
     "<queue> --to-queue <queue> | --to-exchange <exchange> [--to-routing-key <key>] [<selection>]",
     "Moves messages that are meant; none is lost on the way", 1, 1, move, carry_options},
    {"peek", only_warrenctl | tools::queues, Group::queues,
     "<queue> [<position>] [--count <n>] [--skip <n>] [--offset <n>] [--from <place>] [--truncate "
     "<bytes>] "
     "[<selection>]",
     "Shows messages and leaves them as they are", 1, 2, peek, peek_options},
    {"redrive", only_warrenctl, Group::queues, "<queue> [<selection>]",
     "Sends dead letters back to the queues in which they died first", 1, 1, redrive,
     selecting_options},
};

}  // namespace

std::span<const Command> message_commands() {
    return commands;
}

}  // namespace warren::cli
