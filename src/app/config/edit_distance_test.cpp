#include "app/config/edit_distance.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

TEST(edit_distance, counts_insertions_deletions_and_replacements) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("heartbeat", "heartbeat"), 0u);
    EXPECT_EQ(edit_distance("hartbeat", "heartbeat"), 1u);
    EXPECT_EQ(edit_distance("heartbeats", "heartbeat"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
}

TEST(edit_distance, counts_swapped_neighbours_once) {
    EXPECT_EQ(edit_distance("haertbeat", "heartbeat"), 1u);
    EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

}  // namespace
}  // namespace warren::config
