#include "http/access.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

TEST(BasicCredentialsTest, are_read_whatever_the_case_of_the_word) {
    for (const char* text : {"Basic Z3Vlc3Q6YTpi", "basic Z3Vlc3Q6YTpi", "BASIC Z3Vlc3Q6YTpi"}) {
        const auto credentials = basic_credentials(text);
        ASSERT_TRUE(credentials) << text;
        EXPECT_EQ(credentials->username, "guest");
        EXPECT_EQ(credentials->password, "a:b");
    }
}

TEST(BasicCredentialsTest, may_be_empty_or_hold_any_byte) {
    EXPECT_EQ(basic_credentials("Basic Og==")->username, "");
    EXPECT_EQ(basic_credentials("Basic AP86gA==")->username, std::string("\0\xff", 2));
}

TEST(BasicCredentialsTest, anything_else_is_none) {
    for (const char* text : {"", "Basic", "Basic ", "Bearer Z3Vlc3Q6YTpi", "Basic Z3Vlc3Q=",
                             "Basic !!!!", "Basic Z3Vlc3Q6YTpi Z", "BasicZ3Vlc3Q6YTpi"})
        EXPECT_FALSE(basic_credentials(text)) << text;
}

TEST(TagsTest, include_those_below_them) {
    const auth::Identity administrator{"u", {"administrator"}, {}};
    const auth::Identity monitoring{"u", {"monitoring"}, {}};
    const auth::Identity policymaker{"u", {"policymaker"}, {}};
    const auth::Identity management{"u", {"other", "management"}, {}};
    const auth::Identity nobody{"u", {"other"}, {}};
    for (const auto* user : {&administrator, &monitoring, &policymaker, &management})
        EXPECT_TRUE(may_manage(*user));
    EXPECT_FALSE(may_manage(nobody));
    EXPECT_TRUE(may_monitor(administrator) && may_monitor(monitoring));
    EXPECT_FALSE(may_monitor(policymaker) || may_monitor(management));
    EXPECT_TRUE(may_make_policies(policymaker) && may_make_policies(administrator));
    EXPECT_FALSE(may_make_policies(monitoring));
    EXPECT_TRUE(may_administrate(administrator));
    EXPECT_FALSE(may_administrate(monitoring));
}

}  // namespace
}  // namespace warren::http
