#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace warren::config {

// RabbitMQ's node name: what RABBITMQ_NODENAME gives (`rabbit` if nothing), completed with the
// host: its first label, or all of it with RABBITMQ_USE_LONGNAME. The error says what is wrong with
// the name.
Result<std::string, std::string> make_node_name(std::string_view wanted, bool use_long_name,
                                                std::string_view host_name);

// This machine's name; with its domain, if the resolver knows it.
std::string own_host_name(bool with_domain);

}  // namespace warren::config
