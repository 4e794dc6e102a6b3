#pragma once
// The byte form of metadata commands, whichever room they belong to: the type, which is their first
// byte, says it (docs/internals/metadata_commands.md).
#include <string>

#include "base/bytes.h"
#include "base/command_layout.h"
#include "base/result.h"
#include "cluster/metadata_command.h"

namespace warren::cluster {

std::string encode(const MetadataCommand& command);
// Of any bytes.
Result<MetadataCommand, UnreadableCommand> decode_metadata_command(ByteView bytes);

}  // namespace warren::cluster
