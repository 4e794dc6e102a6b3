// States of runs from any bytes: they are refused and change nothing, or say which entries are
// settled; said again they mean the same.
#include <cstdint>

#include "base/ensure.h"
#include "storage/run.h"

using namespace warren;
using namespace warren::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    // How long the run is stands first: like this it is often what the state says.
    const std::uint32_t count = 1 + (data[0] | data[1] << 8) % run_entries_max;
    const ByteView state(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
    RunSummary summary;
    summary.count = count;
    summary.first_position = 1;
    summary.last_position = count;
    Run run(summary, 1, 0);
    const bool taken = run.apply_state(state);
    run.check_invariants();
    ENSURE(taken || run.live() == count);
    ENSURE(run.paged() == run.live());
    Run again(summary, 1, 0);
    ENSURE(again.apply_state(as_bytes(run.encode_state())));
    for (std::uint32_t row = 0; row < count; ++row)
        ENSURE(run.is_settled(row) == again.is_settled(row));
    ENSURE(run.encode_state() == again.encode_state());
    return 0;
}
