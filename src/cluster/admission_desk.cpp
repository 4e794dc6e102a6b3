#include "cluster/admission_desk.h"

#include <fmt/format.h>

namespace warren::cluster {

using amqp091::AmqpError;
using amqp091::ReplyCode;

namespace {

broker::AdmissionOutcome refuse(std::string text) {
    return fail(AmqpError{ReplyCode::not_allowed, std::move(text), 0, 0});
}

bool reached(std::optional<std::uint64_t> most, std::uint64_t count) {
    return most && count >= *most;
}

}  // namespace

broker::AdmissionOutcome AdmissionDesk::admit(const broker::Admission& admission) {
    return admission.channel ? admit_channel(admission) : admit_connection(admission);
}

broker::AdmissionOutcome AdmissionDesk::admit_connection(const broker::Admission& admission) {
    const auto* vhost = topology_.find_vhost(admission.vhost);
    const auto* user = users_.find(admission.user);
    if (reached(connections_max_, connections_.size()))
        return refuse(fmt::format("connection refused: node connection limit ({}) is reached",
                                  *connections_max_));
    if (vhost != nullptr && vhost->limits.connections_max.value_or(-1) >= 0) {
        const auto most = static_cast<std::uint64_t>(*vhost->limits.connections_max);
        if (vhosts_in_[admission.vhost] >= most)
            return refuse(
                fmt::format("access to vhost '{}' refused for user '{}': connection "
                            "limit ({}) is reached",
                            admission.vhost, admission.user, most));
    }
    if (user != nullptr &&
        reached(user->limits.connections_max, users_in_[admission.user].connections))
        return refuse(
            fmt::format("connection refused for user '{}': user connection limit ({}) is "
                        "reached",
                        admission.user, *user->limits.connections_max));
    connections_.emplace(admission.connection, Admitted{admission.user, admission.vhost, 0});
    ++vhosts_in_[admission.vhost];
    ++users_in_[admission.user].connections;
    return {};
}

broker::AdmissionOutcome AdmissionDesk::admit_channel(const broker::Admission& admission) {
    const auto connection = connections_.find(admission.connection);
    if (connection == connections_.end()) return {};
    const auto* user = users_.find(admission.user);
    auto& counts = users_in_[admission.user];
    if (user != nullptr && reached(user->limits.channels_max, counts.channels))
        return refuse(
            fmt::format("number of channels opened for user '{}' has reached the "
                        "maximum allowed user limit of {}",
                        admission.user, *user->limits.channels_max));
    ++connection->second.channels;
    ++counts.channels;
    return {};
}

void AdmissionDesk::end(const broker::Admission& admission) {
    const auto found = connections_.find(admission.connection);
    if (found == connections_.end()) return;
    Admitted& admitted = found->second;
    auto user = users_in_.find(admitted.user);
    if (admission.channel) {
        --admitted.channels;
        --user->second.channels;
        return;
    }
    user->second.channels -= admitted.channels;
    if (--user->second.connections == 0) users_in_.erase(user);
    const auto vhost = vhosts_in_.find(admitted.vhost);
    if (--vhost->second == 0) vhosts_in_.erase(vhost);
    connections_.erase(found);
}

}  // namespace warren::cluster
