// exchange.delete (AMQP 0-9-1, section 1.6.2.3). A missing exchange counts as deleted.
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::ExchangeDelete& method) {
    const std::string name = broker::without_line_breaks(method.exchange);
    if (auto named = broker::check_not_default_exchange(name); !named) return named;
    if (auto may = broker::check_exchange_deletable(channel.vhost_name(), name); !may) return may;
    if (auto may = check_permission(channel, auth::ResourceKind::exchange, name,
                                    auth::Permission::configure);
        !may)
        return may;
    channel.connection().submit(
        broker::DeleteExchange{channel.vhost_name(), name, method.if_unused}, method.nowait,
        [&channel, nowait = method.nowait](broker::TopologyOutcome outcome) {
            if (!outcome) return channel.raise(outcome.error());
            if (!nowait) channel.send(amqp091::ExchangeDeleteOk{});
        });
    return {};
}

}  // namespace warren::session
