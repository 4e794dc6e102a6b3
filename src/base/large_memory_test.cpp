#include "base/large_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <vector>

namespace warren {
namespace {

constexpr std::size_t block_bytes = 10u << 20;
constexpr std::size_t page_bytes = 4096;

// mincore() fails where nothing is mapped.
bool is_mapped(const void* memory, std::size_t bytes) {
    std::vector<unsigned char> pages(bytes / page_bytes);
    return ::mincore(const_cast<void*>(memory), bytes, pages.data()) == 0;
}

TEST(large_memory, can_be_written_to_its_last_byte) {
    auto* memory = static_cast<std::byte*>(allocate_large(block_bytes + 1));
    std::memset(memory, 1, block_bytes + 1);
    free_large(memory, block_bytes + 1);
    EXPECT_FALSE(is_mapped(memory, block_bytes));
}

TEST(large_memory, is_given_back_a_piece_at_a_time_where_somebody_sees_to_it) {
    LargeMemoryReturn keeper;
    auto* memory = static_cast<std::byte*>(allocate_large(block_bytes));
    free_large(memory, block_bytes);
    EXPECT_FALSE(keeper.empty());
    EXPECT_TRUE(is_mapped(memory, block_bytes));
    keeper.give_back_some();
    EXPECT_FALSE(keeper.empty());
    EXPECT_TRUE(is_mapped(memory, page_bytes));
    EXPECT_FALSE(is_mapped(memory + block_bytes - page_bytes, page_bytes));
    while (!keeper.empty())
        keeper.give_back_some();
    EXPECT_FALSE(is_mapped(memory, page_bytes));
}

TEST(large_memory, all_of_it_is_given_back_with_whoever_sees_to_it) {
    auto* memory = static_cast<std::byte*>(allocate_large(block_bytes));
    {
        LargeMemoryReturn keeper;
        LargeMemoryReturn second;  // changes nothing
        free_large(memory, block_bytes);
        EXPECT_TRUE(second.empty());
    }
    EXPECT_FALSE(is_mapped(memory, page_bytes));
}

}  // namespace
}  // namespace warren
