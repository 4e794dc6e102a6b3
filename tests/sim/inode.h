#pragma once
// One file of the simulated disk: what programs see of it, what is on stable storage, and the
// changes in between. simulated_disk.h states what may become of those.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"

namespace warren::sim {

inline constexpr std::uint64_t sector_bytes = 512;

class Inode {
public:
    // ---- as programs see it ----
    std::uint64_t size() const { return seen_.size(); }
    std::size_t read(std::uint64_t offset, std::span<std::byte> into) const;
    void write(std::uint64_t offset, ByteView bytes);
    void resize(std::uint64_t bytes);

    // ---- stable storage ----
    void sync();
    // Some of the changes have reached stable storage and the others never will; programs still see
    // them all.
    void fail_sync(Prng& prng);
    // The same, and now programs see it too.
    void lose_power(Prng& prng);
    // One bit is wrong from now on, wherever this byte is held.
    void flip(std::uint64_t offset);

private:
    // A write, or a new size: then there are no bytes, and what lies from `offset` on is cut off or
    // zero.
    struct Change {
        std::uint64_t offset = 0;
        std::vector<std::byte> bytes;
        bool resizes = false;
    };
    using Contents = std::vector<std::byte>;
    class SectorLottery;

    static void apply(const Change& change, Contents& contents);
    void settle(Prng& prng);

    Contents seen_;
    Contents stable_;
    std::vector<Change> changes_;  // from stable_ to seen_, oldest first
};

}  // namespace warren::sim
