// A metadata log of any bytes: commands, each with two bytes of length before it. What can be read
// is applied, and whatever that comes to can be written, folded and rebuilt.
#include <cstdint>
#include <string>
#include <vector>

#include "base/ensure.h"
#include "cluster/metadata_codec.h"
#include "cluster/metadata_fold.h"

using namespace warren;
using namespace warren::cluster;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader input({reinterpret_cast<const std::byte*>(data), size});
    MetadataState state;
    while (!input.at_end()) {
        const auto command = decode_metadata_command(input.bytes(input.u16()));
        if (!command) {
            ENSURE(!command.error().text().empty());
            continue;
        }
        // Damage can make an `L` of a table, which is written as `l`: once written, bytes stay.
        const std::string bytes = encode(*command);
        const auto again = decode_metadata_command(as_bytes(bytes));
        ENSURE(again.has_value() && encode(*again) == bytes);
        if (const auto applied = state.apply(*command); !applied) ENSURE(!applied.error().empty());
    }
    const auto folded = commands_to_rebuild(state.topology(), state.users());
    MetadataState rebuilt;
    ENSURE(rebuilt.replay(folded).has_value());
    ENSURE(commands_to_rebuild(rebuilt.topology(), rebuilt.users()) == folded);
    ENSURE(rebuilt.topology().last_number() == state.topology().last_number());
    return 0;
}
