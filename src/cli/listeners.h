#pragma once
// Listeners as RabbitMQ's tools show them. For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <string>

namespace warren::cli {

// {node, protocol, interface, port, purpose} of a listener that the API tells of, which calls its
// address ip_address or interface.
boost::json::object listener_of(const boost::json::object& told);

// From what /api/overview says: {node, protocol, interface, port, purpose} each.
boost::json::array listeners_in(const boost::json::object& overview);

// "Interface: [::], port: 5672, protocol: amqp, purpose: AMQP 0-9-1 and AMQP 1.0"
std::string listener_text(const boost::json::object& listener);

}  // namespace warren::cli
