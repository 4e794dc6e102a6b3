#pragma once
// Bytes and packets of a shard's connections that have been closed, by virtual host: with those
// that are open they are all that there ever were.
#include <functional>
#include <map>
#include <string>

#include "session/session_reports.h"

namespace warren::broker {
class Topology;
}

namespace warren::session {

class VhostTraffic {
public:
    using ByName = std::map<std::string, SocketTraffic, std::less<>>;

    // Vhosts that are gone are forgotten now and then.
    void add_closed(const std::string& vhost, const SocketTraffic& traffic,
                    const broker::Topology& topology);
    const ByName& closed() const { return closed_; }

private:
    ByName closed_;
};

}  // namespace warren::session
