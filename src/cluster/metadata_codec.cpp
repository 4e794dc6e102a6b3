#include "cluster/metadata_codec.h"

#include "auth/user_command_codec.h"
#include "broker/topology/command_codec.h"

namespace warren::cluster {

static_assert(broker::topology_command_type_max < auth::user_command_type_min);

std::string encode(const MetadataCommand& command) {
    if (const auto* topology = std::get_if<broker::TopologyCommand>(&command))
        return broker::encode(*topology);
    return auth::encode(std::get<auth::UserCommand>(command));
}

Result<MetadataCommand, UnreadableCommand> decode_metadata_command(ByteView bytes) {
    const bool for_users =
        !bytes.empty() && std::to_integer<std::uint8_t>(bytes[0]) >= auth::user_command_type_min;
    if (for_users) return auth::decode_user_command(bytes);
    return broker::decode_topology_command(bytes);
}

}  // namespace warren::cluster
