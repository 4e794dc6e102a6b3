#pragma once
// What connection.start tells about this server.
#include <string>
#include <string_view>

namespace warren::session {

struct NodeSettings;

// Entries of the table server-properties in wire form. The product is RabbitMQ's: clients and tools
// choose their behaviour by it.
std::string server_properties(const NodeSettings& settings, std::string_view cluster_name);

}  // namespace warren::session
