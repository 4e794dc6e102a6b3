#pragma once
// The byte form of topology commands (base/command_layout.h): what the metadata log keeps on disk.
// docs/internals/metadata_commands.md lists the types and members.
#include <string>

#include "base/bytes.h"
#include "base/command_layout.h"
#include "base/result.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

// Types of topology commands are 1 to this; those above belong to users.
inline constexpr std::uint8_t topology_command_type_max = 127;

std::string encode(const TopologyCommand& command);
// Of any bytes. Arguments are sound tables; whether names exist or types are known is for the
// topology to say.
Result<TopologyCommand, UnreadableCommand> decode_topology_command(ByteView bytes);

}  // namespace warren::broker
