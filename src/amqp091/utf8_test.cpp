#include "amqp091/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace warren::amqp091 {
namespace {

TEST(Utf8, takes_well_formed_text) {
    for (const std::string_view text :
         {"", "a", "a name longer than eight bytes", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x87",
          "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "mixed \xc3\xa9 and ascii"})
        EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8, refuses_what_unicode_refuses) {
    for (const std::string_view text : {
             "\x80",              // a continuation alone
             "\xc0\xaf",          // overlong, two bytes
             "\xc1\xbf",          // overlong, two bytes
             "\xe0\x9f\xbf",      // overlong, three bytes
             "\xf0\x8f\xbf\xbf",  // overlong, four bytes
             "\xed\xa0\x80",      // a surrogate
             "\xf4\x90\x80\x80",  // above U+10FFFF
             "\xf5\x80\x80\x80",  // no such first byte
             "\xc3",              // cut off
             "\xe2\x82",          // cut off
             "\xf0\x9f\x90",      // cut off
             "\xc3(",             // no continuation
             "\xe2\x82(",         // no continuation in third place
             "\xff",
         })
        EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, finds_a_high_byte_at_every_place) {
    for (std::size_t length = 1; length < 40; ++length) {
        for (std::size_t place = 0; place < length; ++place) {
            std::string text(length, 'x');
            EXPECT_TRUE(is_ascii(text));
            text[place] = '\xff';
            EXPECT_FALSE(is_ascii(text));
            EXPECT_FALSE(is_utf8(text));
        }
    }
}

TEST(Utf8, stands_in_for_what_is_not) {
    EXPECT_EQ(to_utf8(""), "");
    EXPECT_EQ(to_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(to_utf8("a\xff z"), "a\xef\xbf\xbd z");
}

}  // namespace
}  // namespace warren::amqp091
