// Commands, notes and Raft entries of quorum queues from any bytes: they are refused, or mean the
// same when they are said again; sound commands fold into a state.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "broker/quorum/message_notes.h"
#include "broker/quorum/quorum_command.h"
#include "broker/quorum/quorum_state.h"
#include "broker/quorum/raft_record.h"

using namespace warren;
using namespace warren::broker;

namespace {

// A few bytes can say that there are billions of messages.
bool is_small(const QuorumCommand& command) {
    std::uint64_t messages = 0;
    for (const EnqueuedRun& run : command.enqueued)
        messages += run.count;
    return messages <= 10'000;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    if (const auto command = decode_quorum_command(input)) {
        std::string again;
        append_encoded(*command, again);
        ENSURE(again == as_text(input));
        QuorumState state;
        if (is_small(*command) && state.apply(*command)) {
            for (const auto& [position, entry] : state.entries())
                ENSURE(position <= state.last_position());
        }
    }
    const storage::LoadedEntry entry{{.position = 1}, input, {}};
    RaftRecord record;
    if (record.restore(entry)) {
        ENSURE(record.place().index != 0);
        ENSURE(decode_quorum_command(record.command()).has_value());
    }
    MessageNotes notes;
    const bool is_note = notes.restore(entry).has_value();
    ENSURE(notes.count() == (is_note ? 1u : 0u));
    return 0;
}
