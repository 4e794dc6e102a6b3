#include "broker/topology/topology_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/vhost.h"

namespace warren::broker {

using amqp091::AmqpError;
using amqp091::ReplyCode;

namespace {

constexpr std::string_view reserved_prefix = "amq.";

AmqpError refusal(ReplyCode code, std::string text) {
    return {.code = code, .text = std::move(text)};
}

Check check_new_name(std::string_view kind, std::string_view name) {
    if (!name.starts_with(reserved_prefix)) return {};
    return fail(refusal(ReplyCode::access_refused,
                        fmt::format("{} name '{}' contains reserved prefix 'amq.*'", kind, name)));
}

}  // namespace

std::string describe_queue(std::string_view vhost, std::string_view name) {
    return fmt::format("queue '{}' in vhost '{}'", name, vhost);
}

std::string describe_exchange(std::string_view vhost, std::string_view name) {
    return fmt::format("exchange '{}' in vhost '{}'", name, vhost);
}

AmqpError no_such_queue(std::string_view vhost, std::string_view name) {
    return refusal(ReplyCode::not_found, "no " + describe_queue(vhost, name));
}

AmqpError no_such_exchange(std::string_view vhost, std::string_view name) {
    return refusal(ReplyCode::not_found, "no " + describe_exchange(vhost, name));
}

AmqpError no_such_vhost(std::string_view name) {
    return refusal(ReplyCode::not_found, fmt::format("no vhost '{}'", name));
}

AmqpError protected_vhost(std::string_view name) {
    return refusal(
        ReplyCode::precondition_failed,
        fmt::format("Refusing to delete virtual host '{}' because it is protected from deletion",
                    name));
}

AmqpError queue_locked(std::string_view vhost, std::string_view name) {
    return refusal(
        ReplyCode::resource_locked,
        fmt::format("cannot obtain exclusive access to locked {}. It could be originally declared "
                    "on another connection or the exclusive property value does not match that of "
                    "the original declaration.",
                    describe_queue(vhost, name)));
}

std::string without_line_breaks(std::string_view name) {
    std::string kept(name);
    std::erase_if(kept, [](char c) { return c == '\n' || c == '\r'; });
    return kept;
}

Check check_new_queue_name(std::string_view name) {
    return check_new_name("queue", name);
}

Check check_new_exchange_name(std::string_view name) {
    return check_new_name("exchange", name);
}

Check check_not_default_exchange(std::string_view name) {
    if (!name.empty()) return {};
    return fail(
        refusal(ReplyCode::access_refused, "operation not permitted on the default exchange"));
}

Check check_no_delay_queue(const QueueRecord& queue) {
    if (!queue.is_delay_queue()) return {};
    const std::string& vhost = queue.vhost->name;
    return fail(refusal(ReplyCode::access_refused,
                        fmt::format("operation not permitted on {}, which is a part of {}",
                                    describe_queue(vhost, queue.name),
                                    describe_exchange(vhost, queue.delays_for->name))));
}

Check check_exchange_deletable(std::string_view vhost, std::string_view name) {
    if (!name.starts_with(reserved_prefix)) return check_not_default_exchange(name);
    return fail(refusal(ReplyCode::access_refused, fmt::format("deletion of system {} not allowed",
                                                               describe_exchange(vhost, name))));
}

// RabbitMQ words it differently for types that it knows as words of something else.
Check check_exchange_type(std::string_view type) {
    static constexpr std::string_view other_words[] = {"",       "true",     "false",   "undefined",
                                                       "queue",  "exchange", "default", "classic",
                                                       "quorum", "stream"};
    if (find_exchange_type(type) != nullptr) return {};
    const bool known = std::ranges::find(other_words, type) != std::end(other_words);
    return fail(refusal(ReplyCode::precondition_failed,
                        fmt::format("{} exchange type '{}'", known ? "invalid" : "unknown", type)));
}

Check check_exchange_name_argument(const amqp091::FieldTable& arguments, std::string_view argument,
                                   std::string_view subject) {
    const amqp091::FieldValue* value = arguments.find(argument);
    if (value == nullptr || value->as_text() != nullptr) return {};
    return fail(refusal(ReplyCode::precondition_failed,
                        fmt::format("invalid type '{}' for arg '{}' in {}",
                                    amqp091::type_name(value->type()), argument, subject)));
}

Check check_open_to(const QueueRecord& queue, ConnectionId connection) {
    if (queue.open_to(connection)) return {};
    return fail(queue_locked(queue.vhost->name, queue.name));
}

}  // namespace warren::broker
