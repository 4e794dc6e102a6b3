#pragma once
// Counts connections and channels against the limits of the node, of virtual hosts and of users.
// Lives on shard 0.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/users.h"
#include "broker/shard_services.h"
#include "broker/topology/topology.h"

namespace warren::cluster {

class AdmissionDesk {
public:
    AdmissionDesk(const broker::Topology& topology, const auth::UserTable& users)
        : topology_(topology), users_(users) {}

    // connection_max of the configuration.
    void set_connections_max(std::optional<std::uint64_t> most) { connections_max_ = most; }

    // Counts it in, or says which limit is reached (530 with RabbitMQ's text).
    broker::AdmissionOutcome admit(const broker::Admission& admission);
    // Of something that was not admitted: nothing.
    void end(const broker::Admission& admission);

    std::size_t connection_count() const { return connections_.size(); }

private:
    struct Admitted {
        std::string user;
        std::string vhost;
        std::uint32_t channels = 0;
    };
    struct UserCounts {
        std::uint64_t connections = 0;
        std::uint64_t channels = 0;
    };

    broker::AdmissionOutcome admit_connection(const broker::Admission& admission);
    broker::AdmissionOutcome admit_channel(const broker::Admission& admission);

    const broker::Topology& topology_;
    const auth::UserTable& users_;
    std::optional<std::uint64_t> connections_max_;
    std::unordered_map<ConnectionId, Admitted> connections_;
    std::unordered_map<std::string, UserCounts> users_in_;
    std::unordered_map<std::string, std::uint64_t> vhosts_in_;
};

}  // namespace warren::cluster
