#include "http/router.h"

#include <gtest/gtest.h>

#include <set>

namespace warren::http {
namespace {

using Path = std::vector<std::string>;

std::string_view path_of(const Path& path) {
    const auto match = find_resource(resource_table(), path);
    return match ? match->resource->path : "none";
}

TEST(RouterTest, a_fixed_word_goes_before_a_name) {
    EXPECT_EQ(path_of({"queues", "detailed"}), "queues/detailed");
    EXPECT_EQ(path_of({"queues", "v"}), "queues/:vhost");
    EXPECT_EQ(path_of({"users", "bulk-delete"}), "users/bulk-delete");
    EXPECT_EQ(path_of({"users", "u"}), "users/:user");
}

TEST(RouterTest, the_parts_of_the_path_are_kept_in_order) {
    const auto match =
        find_resource(resource_table(), Path{"bindings", "/", "e", "a/b", "q", "c", "~"});
    ASSERT_TRUE(match);
    EXPECT_EQ(match->parts, (Path{"/", "a/b", "q", "c", "~"}));
}

TEST(RouterTest, what_is_longer_or_shorter_is_nothing) {
    EXPECT_EQ(path_of({}), "none");
    EXPECT_EQ(path_of({"queues", "v", "q", "x"}), "none");
    EXPECT_EQ(path_of({"exchanges", "v", "e", "bindings"}), "none");
    EXPECT_EQ(path_of({"queues", ""}), "none");
}

TEST(RouterTest, no_resource_is_there_twice_and_each_has_a_handler) {
    std::set<std::string_view> seen;
    for (const Resource& resource : resource_table()) {
        EXPECT_TRUE(seen.insert(resource.path).second) << resource.path;
        EXPECT_NE(allowed_methods(resource), "OPTIONS") << resource.path;
    }
}

TEST(RouterTest, head_is_answered_like_get_and_unknown_methods_by_nobody) {
    const auto match = find_resource(resource_table(), Path{"overview"});
    ASSERT_TRUE(match);
    EXPECT_EQ(handler_for(*match->resource, Method::head),
              handler_for(*match->resource, Method::get));
    EXPECT_EQ(handler_for(*match->resource, Method::put), nullptr);
    EXPECT_EQ(handler_for(*match->resource, Method::other), nullptr);
    EXPECT_EQ(allowed_methods(*match->resource), "HEAD, GET, OPTIONS");
}

}  // namespace
}  // namespace warren::http
