#pragma once
// What exists, as RabbitMQ 4.3 exports it: the same members in the same order, so that a tool that
// compares or edits exports finds what it looks for. RabbitMQ loads it, and so do we. Lists come
// sorted: equal nodes give equal texts.
//
// What belongs to a connection, what every vhost is born with, and what nobody can declare is left
// out, with its bindings. One thing is more than RabbitMQ's: internal exchanges, which it leaves
// out while it keeps their bindings; they are here with "internal": true, which it understands.
#include <string>

#include "auth/users.h"
#include "broker/topology/topology.h"

namespace warren::http {

// What the file says of its origin.
struct ExportOrigin {
    std::string product_name;
    std::string product_version;
    std::string rabbitmq_version;  // with whose rules it is to be read
    std::string cluster_name;
};

std::string export_definitions(const broker::Topology& topology, const auth::UserTable& users,
                               const ExportOrigin& origin);

// Of one virtual host: its objects name none.
std::string export_vhost_definitions(const broker::Vhost& vhost, const ExportOrigin& origin);

}  // namespace warren::http
