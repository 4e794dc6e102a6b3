#include "auth/permission_pattern.h"

#include <gtest/gtest.h>

namespace warren::auth {
namespace {

TEST(PermissionPattern, that_is_empty_matches_the_empty_name_only) {
    const auto compiled = compile_permission("");
    ASSERT_TRUE(compiled.has_value());
    EXPECT_TRUE(compiled->matches(""));
    EXPECT_FALSE(compiled->matches("q"));
    EXPECT_FALSE(LazyPattern("").matches("q"));
}

TEST(LazyPattern, that_does_not_compile_matches_nothing) {
    const LazyPattern broken("(bad");
    EXPECT_FALSE(broken.matches("(bad"));
    EXPECT_FALSE(broken.matches(""));
    EXPECT_EQ(broken.text(), "(bad");
}

TEST(LazyPattern, keeps_matching_after_a_move) {
    LazyPattern pattern("^a");
    EXPECT_TRUE(pattern.matches("ab"));
    const LazyPattern moved = std::move(pattern);
    EXPECT_TRUE(moved.matches("ab"));
    EXPECT_FALSE(moved.matches("ba"));
}

}  // namespace
}  // namespace warren::auth
