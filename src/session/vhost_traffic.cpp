#include "session/vhost_traffic.h"

#include "broker/topology/topology.h"

namespace warren::session {

void VhostTraffic::add_closed(const std::string& vhost, const SocketTraffic& traffic,
                              const broker::Topology& topology) {
    if (closed_.size() > 2 * topology.vhosts().size())
        std::erase_if(closed_,
                      [&](const auto& each) { return topology.find_vhost(each.first) == nullptr; });
    closed_[vhost] += traffic;
}

}  // namespace warren::session
