#include "http/statistics/retention.h"

#include <gtest/gtest.h>

namespace warren::http::statistics {
namespace {

TEST(RetentionTest, levels_are_as_configured) {
    EXPECT_EQ(retention_of({{60, 5}, {3600, 60}, {86'400, 1200}}),
              (Retention{{5, 60}, {60, 3600}, {1200, 86'400}}));
}

TEST(RetentionTest, the_finest_level_has_samples_every_five_seconds) {
    EXPECT_EQ(retention_of({{600, 30}}), (Retention{{5, 600}}));
    EXPECT_EQ(retention_of({{10, 1}}), (Retention{{5, 10}}));
}

TEST(RetentionTest, what_is_as_fine_as_the_level_before_is_one_with_it) {
    EXPECT_EQ(retention_of({{60, 5}, {3600, 5}}), (Retention{{5, 3600}}));
    EXPECT_EQ(retention_of({{60, 5}, {600, 60}, {3600, 7}}), (Retention{{5, 60}, {60, 3600}}));
}

TEST(RetentionTest, no_level_has_more_samples_than_two_thousand_and_a_few) {
    for (const Retention& retention :
         {retention_of({{86'400, 5}}), retention_of({{60, 5}, {31'536'000, 5}})}) {
        ASSERT_FALSE(retention.empty());
        EXPECT_EQ(retention.front().interval_s, 5);
        for (const RetentionLevel& level : retention)
            EXPECT_LE(level.length_s / level.interval_s, 2000);
    }
}

}  // namespace
}  // namespace warren::http::statistics
