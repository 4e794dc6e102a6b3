#include "session/expiration.h"

#include <gtest/gtest.h>

namespace warren::session {
namespace {

std::string refusal(std::string_view text) {
    return parse_expiration(text).error();
}

TEST(expiration, takes_decimal_milliseconds_up_to_ten_years) {
    EXPECT_EQ(parse_expiration("0"), 0u);
    EXPECT_EQ(parse_expiration("007"), 7u);
    EXPECT_EQ(parse_expiration("+5"), 5u);
    EXPECT_EQ(parse_expiration("-0"), 0u);
    EXPECT_EQ(parse_expiration("315360000000"), 315'360'000'000u);
}

TEST(expiration, refuses_with_the_texts_that_clients_know) {
    EXPECT_EQ(refusal("abc"), "invalid expiration 'abc': no_integer");
    EXPECT_EQ(refusal(""), "invalid expiration '': no_integer");
    EXPECT_EQ(refusal("-1"), "invalid expiration '-1': {value_negative,-1}");
    EXPECT_EQ(refusal("1.5"), "invalid expiration '1.5': {leftover_string,\".5\"}");
    EXPECT_EQ(refusal(std::string_view("5\0\xff", 3)),
              std::string("invalid expiration '5") + '\0' + "\xc3\xbf': {leftover_string,[0,255]}");
    EXPECT_EQ(refusal("315360000001"),
              "invalid expiration '315360000001': {value_too_large,315360000001}");
    EXPECT_EQ(refusal("18446744073709551616"),
              "invalid expiration '18446744073709551616': {value_too_large,18446744073709551616}");
}

}  // namespace
}  // namespace warren::session
