#pragma once
// Blocks of many megabytes, straight from the system. Giving back a hundred of them costs the
// kernel ten milliseconds, so a thread that has others to serve keeps a LargeMemoryReturn, which
// gives back a piece at a time; elsewhere free_large() does all of it at once.
#include <cstddef>
#include <vector>

namespace warren {

// Smaller blocks are the allocator's, which keeps them for the next of their size.
inline constexpr std::size_t large_memory_bytes_min = 16u << 20;

// Zeroed pages. No memory is the end of the process, as with operator new.
void* allocate_large(std::size_t bytes);
void free_large(void* memory, std::size_t bytes);

// Of the thread that makes it, until it is destroyed; the first one if there are several.
class LargeMemoryReturn {
public:
    LargeMemoryReturn();
    LargeMemoryReturn(const LargeMemoryReturn&) = delete;
    LargeMemoryReturn& operator=(const LargeMemoryReturn&) = delete;
    // Gives back all.
    ~LargeMemoryReturn();

    bool empty() const { return blocks_.empty(); }
    // A turn's piece.
    void give_back_some();

private:
    friend void free_large(void* memory, std::size_t bytes);
    struct Block {
        std::byte* memory;
        std::size_t bytes;  // that are left of it
    };

    std::vector<Block> blocks_;
};

}  // namespace warren
