#include "app/config/node_name.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

std::string name(std::string_view wanted, bool use_long_name = false,
                 std::string_view host = "box.example.org") {
    const auto made = make_node_name(wanted, use_long_name, host);
    return made ? *made : "error: " + made.error();
}

TEST(node_name, is_completed_with_the_host) {
    EXPECT_EQ(name(""), "rabbit@box");
    EXPECT_EQ(name("", true), "rabbit@box.example.org");
    EXPECT_EQ(name("bunny"), "bunny@box");
    EXPECT_EQ(name("bunny@other.host"), "bunny@other.host");
    EXPECT_EQ(name("bunny@localhost", true), "bunny@localhost");
}

TEST(node_name, refuses_what_could_be_no_name_or_would_break_a_path) {
    for (const std::string wanted : {"@host", "a@", "a b@host", "../x@host", "a@b@c", "a@b/c"})
        EXPECT_EQ(
            name(wanted),
            "error: expected a node name such as rabbit or rabbit@host, found '" + wanted + "'");
}

TEST(node_name, knows_this_machine) {
    EXPECT_FALSE(own_host_name(false).empty());
    EXPECT_FALSE(own_host_name(true).empty());
}

}  // namespace
}  // namespace warren::config
