#include "app/logging/rotation_date.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <string>

namespace warren::logging {
namespace {

// Saturday 2026-11-21 04:41:07 UTC
constexpr std::int64_t now_s = 1'795'236'067;

std::string next_of(std::string_view text, const char* zone = "UTC", std::int64_t from_s = now_s) {
    setenv("TZ", zone, 1);
    tzset();
    const auto date = parse_rotation_date(text);
    if (!date) return "not a date";
    const time_t moment = next_rotation_s(*date, from_s);
    tm local{};
    localtime_r(&moment, &local);
    char buffer[32];
    strftime(buffer, sizeof buffer, "%a %F %T", &local);
    return buffer;
}

TEST(rotation_date, finds_the_next_moment) {
    EXPECT_EQ(next_of("$D0"), "Sun 2026-11-22 00:00:00");
    EXPECT_EQ(next_of("$D4"), "Sun 2026-11-22 04:00:00");
    EXPECT_EQ(next_of("$D23"), "Sat 2026-11-21 23:00:00");
    EXPECT_EQ(next_of("$W0"), "Sun 2026-11-22 00:00:00");
    EXPECT_EQ(next_of("$W5D16"), "Fri 2026-11-27 16:00:00");
    EXPECT_EQ(next_of("$M1D0"), "Tue 2026-12-01 00:00:00");
    EXPECT_EQ(next_of("$M31"), "Thu 2026-12-31 00:00:00");
    EXPECT_EQ(next_of("$H30"), "Sat 2026-11-21 05:30:00");
    EXPECT_EQ(next_of("$H00"), "Sat 2026-11-21 05:00:00");
    EXPECT_EQ(next_of("$D5H30"), "Sat 2026-11-21 05:30:00");
}

TEST(rotation_date, is_strictly_later) {
    const std::int64_t midnight = 1'795'219'200;
    EXPECT_EQ(next_of("$D0", "UTC", midnight), "Sun 2026-11-22 00:00:00");
    EXPECT_EQ(next_of("$D0", "UTC", midnight - 1), "Sat 2026-11-21 00:00:00");
}

TEST(rotation_date, means_local_time) {
    EXPECT_EQ(next_of("$D5", "XXX-1"), "Sun 2026-11-22 05:00:00");
}

TEST(rotation_date, refuses_other_notations) {
    for (const auto* text : {"", "$", "D0", "$D24", "$D", "$W7", "$M0", "$M32", "$H60", "$X1",
                             "$D0x", "$D0W1", "daily", "$D-1"})
        EXPECT_FALSE(parse_rotation_date(text)) << text;
}

}  // namespace
}  // namespace warren::logging
