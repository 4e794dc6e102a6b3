// exchange.declare (AMQP 0-9-1, section 1.6.2.1).
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

void answer(Channel& channel, bool nowait) {
    if (!nowait) channel.send(amqp091::ExchangeDeclareOk{});
}

Handled declare_passively(Channel& channel, std::string_view name, bool nowait) {
    if (auto named = broker::check_not_default_exchange(name); !named) return named;
    if (find_exchange(channel, name) == nullptr)
        return fail(broker::no_such_exchange(channel.vhost_name(), name));
    if (channel.connection().comes_again()) return {};
    answer(channel, nowait);
    return {};
}

// An alternate exchange sees what this one cannot route: reading from here, writing there.
Handled check_alternate(Channel& channel, std::string_view name,
                        const amqp091::FieldTable& arguments) {
    if (auto typed = broker::check_exchange_name_argument(
            arguments, "alternate-exchange", broker::describe_exchange(channel.vhost_name(), name));
        !typed)
        return typed;
    const auto* alternate = arguments.find("alternate-exchange");
    if (alternate == nullptr || alternate->as_text() == nullptr) return {};
    if (auto may =
            check_permission(channel, auth::ResourceKind::exchange, name, auth::Permission::read);
        !may)
        return may;
    return check_permission(channel, auth::ResourceKind::exchange, *alternate->as_text(),
                            auth::Permission::write);
}

}  // namespace

Handled handle(Channel& channel, const amqp091::ExchangeDeclare& method) {
    const std::string name = broker::without_line_breaks(method.exchange);
    if (method.passive) return declare_passively(channel, name, method.nowait);
    if (auto typed = broker::check_exchange_type(method.type); !typed) return typed;
    if (auto named = broker::check_not_default_exchange(name); !named) return named;
    if (auto may = check_permission(channel, auth::ResourceKind::exchange, name,
                                    auth::Permission::configure);
        !may)
        return may;
    auto arguments = method.arguments.decode();
    if (find_exchange(channel, name) == nullptr) {
        if (auto fresh = broker::check_new_exchange_name(name); !fresh) return fresh;
        if (auto checked = check_alternate(channel, name, arguments); !checked) return checked;
    }
    channel.connection().submit(
        broker::DeclareExchange{.vhost = channel.vhost_name(),
                                .name = name,
                                .type = std::string(method.type),
                                .durable = method.durable,
                                .auto_delete = method.auto_delete,
                                .internal = method.internal,
                                .arguments = std::move(arguments),
                                .user = channel.connection().identity().username},
        method.nowait, [&channel, nowait = method.nowait](broker::TopologyOutcome outcome) {
            if (!outcome) return channel.raise(outcome.error());
            answer(channel, nowait);
        });
    return {};
}

}  // namespace warren::session
