#include "broker/topology/stream_age.h"

#include <gtest/gtest.h>

#include <limits>

namespace warren::broker {
namespace {

TEST(StreamAge, counts_in_units_up_to_years) {
    EXPECT_EQ(stream_age_ms("1s"), 1'000u);
    EXPECT_EQ(stream_age_ms("2m"), 120'000u);
    EXPECT_EQ(stream_age_ms("3h"), 10'800'000u);
    EXPECT_EQ(stream_age_ms("1D"), 86'400'000u);
    EXPECT_EQ(stream_age_ms("2M"), 60 * 86'400'000ull);
    EXPECT_EQ(stream_age_ms("1Y"), 365 * 86'400'000ull);
    EXPECT_EQ(stream_age_ms("007s"), 7'000u);
}

TEST(StreamAge, is_a_whole_positive_number_and_one_unit) {
    for (const char* text : {"", "5", "h", "0s", "-1s", "+1s", "1.5h", " 1h", "1 h", "1h ", "1h5m",
                             "5H", "5d", "5y", "later", "99999999999999999999"})
        EXPECT_EQ(stream_age_ms(text), std::nullopt) << text;
}

TEST(StreamAge, stops_at_the_highest_value) {
    constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(stream_age_ms("99999999999999999999Y"), highest);
    EXPECT_EQ(stream_age_ms("18446744073709551615s"), highest);
    EXPECT_EQ(stream_age_ms("18446744073709551s"), 18'446'744'073'709'551'000u);
}

}  // namespace
}  // namespace warren::broker
