#pragma once
// The outside record of the streams: for each an array, what stands at which offset. It grows by
// what readers are sent and by what a verification finds; nothing in it ever changes, and retention
// takes away only at its beginning. What was published and has not been seen in the stream yet
// stands beside it, source by source.
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "clock.h"
#include "copy.h"
#include "faults.h"
#include "plan.h"

namespace crash {

struct StreamEntry {
    std::uint64_t offset = 0;
    CopyId id;
};

class StreamRecord {
public:
    StreamRecord(const Plan& plan, Faults& faults) : plan_(plan), faults_(faults) {}

    void published(QueueIndex stream, CopyId id, loadgen::Nanos now);
    void confirmed(QueueIndex stream, CopyId id, loadgen::Nanos now);
    // Some reader was sent this.
    void read(QueueIndex stream, const StreamEntry& entry);
    // A verification has read all that there is from `begin` on, which is at most end(). Takes what
    // was found as what must be there from now on. Returns how much was found where it must be.
    std::size_t verify(QueueIndex stream, std::uint64_t begin,
                       const std::vector<StreamEntry>& contents);

    // The last verification found all below this offset, or retention had taken it.
    std::uint64_t end(QueueIndex stream) const;

private:
    struct Sent {
        std::uint64_t sequence = 0;
        loadgen::Nanos sent_at = 0;
        loadgen::Nanos confirmed_at = 0;  // 0: not confirmed
        bool found = false;
    };
    struct Stream {
        std::uint64_t first = 0;  // offset of entries.front()
        std::deque<CopyId> entries;
        std::map<std::uint64_t, CopyId> read;  // behind the entries
        std::map<SourceIndex, std::deque<Sent>> sent;

        std::uint64_t end() const { return first + entries.size(); }
        Sent* find(CopyId id);
    };

    void fault(QueueIndex stream, CopyId id, const std::string& what);
    void check_offsets(QueueIndex stream, std::uint64_t begin,
                       const std::vector<StreamEntry>& contents);
    void check_known(QueueIndex stream, const StreamEntry& entry);
    void take_new(QueueIndex stream, const std::vector<StreamEntry>& contents);
    void check_sent(QueueIndex stream);

    const Plan& plan_;
    Faults& faults_;
    std::map<QueueIndex, Stream> streams_;
};

}  // namespace crash
