#pragma once
// The byte form of user commands (base/command_layout.h): what the metadata log keeps on disk.
// docs/internals/metadata_commands.md lists the types and members.
#include <string>

#include "auth/user_commands.h"
#include "base/bytes.h"
#include "base/command_layout.h"
#include "base/result.h"

namespace warren::auth {

// Types of user commands start here; those below belong to the topology.
inline constexpr std::uint8_t user_command_type_min = 128;

std::string encode(const UserCommand& command);
// Of any bytes.
Result<UserCommand, UnreadableCommand> decode_user_command(ByteView bytes);

}  // namespace warren::auth
