#include "session/handlers/binding.h"

#include "broker/topology/topology_checks.h"

namespace warren::session {

Handled check_binding(Channel& channel, const BindingRequest& request) {
    const bool to_queue = request.kind == broker::DestinationKind::queue;
    if (!to_queue)
        if (auto named = broker::check_not_default_exchange(request.destination); !named)
            return named;
    if (auto named = broker::check_not_default_exchange(request.source); !named) return named;
    if (auto may = check_permission(
            channel, to_queue ? auth::ResourceKind::queue : auth::ResourceKind::exchange,
            request.destination, auth::Permission::write);
        !may)
        return may;
    if (auto may = check_permission(channel, auth::ResourceKind::exchange, request.source,
                                    auth::Permission::read);
        !may)
        return may;
    const auto* source = find_exchange(channel, request.source);
    if (source == nullptr) return {};
    return check_topic(channel, *source, request.routing_key, auth::Permission::read);
}

}  // namespace warren::session
