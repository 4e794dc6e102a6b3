#include "http/target.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

using Path = std::vector<std::string>;

TEST(TargetTest, a_slash_in_a_name_is_not_a_border) {
    const auto target = parse_target("/api/queues/%2F/a%2fb%20c");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, (Path{"api", "queues", "/", "a/b c"}));
}

TEST(TargetTest, names_are_utf8_and_a_plus_in_a_path_is_a_plus) {
    const auto target = parse_target("/api/queues/v/%C3%BC+");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path.back(), "\xC3\xBC+");
}

TEST(TargetTest, the_query_is_decoded_with_plus_as_space) {
    const auto target = parse_target("/api/queues?name=a+b%26c&use_regex&=x&page=1");
    ASSERT_TRUE(target);
    EXPECT_EQ(*target->find("name"), "a b&c");
    EXPECT_EQ(*target->find("use_regex"), "");
    EXPECT_EQ(*target->find("page"), "1");
    EXPECT_EQ(target->find("sort"), nullptr);
    EXPECT_EQ(target->query.size(), 3u);
}

TEST(TargetTest, slashes_at_the_end_do_not_count_but_those_inside_do) {
    EXPECT_EQ(parse_target("/api/queues/")->path, (Path{"api", "queues"}));
    EXPECT_EQ(parse_target("/api//queues")->path, (Path{"api", "", "queues"}));
    EXPECT_EQ(parse_target("/")->path, Path{});
}

TEST(TargetTest, what_is_not_encoded_rightly_is_refused) {
    for (const char* text :
         {"", "api", "*", "http://x/api", "/api/%", "/api/%2", "/api/%zz", "/api?a=%", "/api?%4=b"})
        EXPECT_FALSE(parse_target(text)) << text;
}

TEST(TargetTest, encoding_and_decoding_agree_for_every_byte) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    const auto target = parse_target("/" + percent_encoded(all));
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, Path{all});
    EXPECT_EQ(percent_encoded("a-Z.9_~/"), "a-Z.9_~%2F");
}

}  // namespace
}  // namespace warren::http
