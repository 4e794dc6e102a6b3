#pragma once
// A message as storage sees it: a number in a queue, a few facts that are needed without decoding,
// and bytes.
#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace warren::storage {

struct EntryHead {
    static constexpr std::int64_t no_deadline = INT64_MAX;

    // Place in its queue: rises in the order of arrival, from 1, and is never used again.
    std::uint64_t position = 0;
    std::int64_t deadline_ms = no_deadline;  // wall clock, since 1970: expires then
    std::uint32_t body_bytes = 0;            // what length limits count
    std::uint8_t level = 0;                  // priority, 0 lowest
    bool persistent = true;                  // false: is forgotten at start

    friend bool operator==(const EntryHead&, const EntryHead&) = default;
};

// An entry on its way to the disk; borrowed, for one call.
struct EntryView {
    EntryHead head;
    // The owner's encoding, in two pieces that are written one behind the other.
    std::array<ByteView, 2> payload;
    // A body that is stored apart from the payload, once for all entries of the same turn that
    // name it; empty: there is none. Its address is its identity, so it must stay in place and
    // unchanged while any entry that was appended with it is neither settled nor paged out.
    ByteView body;
};

// An entry that has come back; borrowed, for one call.
struct LoadedEntry {
    EntryHead head;
    ByteView payload;
    ByteView body;  // empty: none was stored apart
};

// Takes entries one by one.
class EntrySink {
public:
    virtual void take(const EntryView& entry) = 0;

protected:
    ~EntrySink() = default;
};
class LoadSink {
public:
    virtual void take(const LoadedEntry& entry) = 0;

protected:
    ~LoadSink() = default;
};

}  // namespace warren::storage
