#pragma once
// What connections and channels are called.
#include <string>

#include "http/api.h"
#include "session/connection_facts.h"

namespace warren::http {

// "127.0.0.1:40470 -> 127.0.0.1:5672 (1)".
std::string channel_name(const session::ConnectionFacts& connection, ChannelId channel);
// As Erlang would call the process: of the connection itself (0), or of a channel.
std::string process_name(const Api& api, ConnectionId connection, unsigned part);

}  // namespace warren::http
