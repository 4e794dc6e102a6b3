#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/shard_bound.h"

namespace warren {
namespace {

struct Line {
    log::Level level;
    log::Category category;
    log::Origin origin;
    std::int64_t wall_time_us;
    std::string message;
};

class Log : public testing::Test, public log::Sink {
protected:
    Log() {
        log::set_sink(this);
        log::set_all_thresholds(log::Level::debug);
    }
    ~Log() override {
        log::set_all_thresholds(log::Level::warning);
        log::set_sink(nullptr);
    }
    void write(const log::Record& record) noexcept override {
        lines_.push_back({record.level, record.category, record.origin, record.wall_time_us,
                          std::string(record.message)});
    }
    std::string only_message() const {
        return lines_.size() == 1 ? lines_[0].message : "not one line";
    }

    std::vector<Line> lines_;
};

TEST_F(Log, hands_level_category_and_text_to_the_sink) {
    log::warning(log::channel, "channel {} of '{}'", 3, "joe");
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_EQ(lines_[0].level, log::Level::warning);
    EXPECT_EQ(lines_[0].category, log::channel);
    EXPECT_EQ(lines_[0].message, "channel 3 of 'joe'");
    EXPECT_GT(lines_[0].wall_time_us, 1'700'000'000'000'000);
}

TEST_F(Log, filters_by_the_threshold_of_each_category) {
    log::set_all_thresholds(log::Level::error);
    log::set_threshold(log::queue, log::Level::debug);
    log::warning(log::channel, "too quiet");
    log::debug(log::queue, "wanted");
    log::error(log::channel, "loud");
    log::set_threshold(log::queue, log::Level::none);
    log::critical(log::queue, "nothing passes none");
    ASSERT_EQ(lines_.size(), 2u);
    EXPECT_EQ(lines_[0].message, "wanted");
    EXPECT_EQ(lines_[1].message, "loud");
}

TEST_F(Log, escapes_what_a_peer_could_forge_lines_or_terminal_commands_with) {
    log::info(log::connection, "user '{}'",
              std::string("joe'\n2026 [info] forged\r\x1b[31m\x7f\0!", 32));
    EXPECT_EQ(only_message(), "user 'joe'\\n2026 [info] forged\\r\\x1b[31m\\x7f\\x00!'");
}

TEST_F(Log, keeps_line_breaks_of_the_format_string) {
    log::error(log::connection, "closing connection:\n{}", "a\nb");
    EXPECT_EQ(only_message(), "closing connection:\na\\nb");
}

TEST_F(Log, keeps_utf8_and_escapes_what_is_not) {
    struct Case {
        std::string_view given, logged;
    };
    const Case cases[] = {
        {"Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f"},
        {"\xe2\x82\xac \xf0\x9f\x90\xb0", "\xe2\x82\xac \xf0\x9f\x90\xb0"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc3", "\\xc3"},                             // cut short
        {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},           // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // surrogate
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
        {"\xc2\x9b[31m", "\\xc2\\x9b[31m"},            // C1 control sequence introducer
    };
    for (const Case& c : cases)
        EXPECT_EQ(log::escaped(c.given), c.logged);
}

TEST_F(Log, cuts_long_arguments_and_messages_and_says_so) {
    log::info(log::general, "<{}>", std::string(5000, 'x'));
    EXPECT_EQ(only_message(), "<" + std::string(1024, 'x') + "... (3976 bytes more)>");
    lines_.clear();
    log::info(log::general, "{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}",
              std::string(1024, 'y'));
    EXPECT_EQ(only_message(), std::string(16'384, 'y') + "... (2048 bytes more)");
}

TEST_F(Log, never_cuts_inside_a_character) {
    EXPECT_EQ(log::escaped("a\xe2\x82\xac", 3), "a... (3 bytes more)");
    EXPECT_EQ(log::escaped("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
}

TEST_F(Log, honours_width_and_precision_of_strings) {
    log::info(log::general, "[{:>5}] [{:.2}]", "ab", std::string_view("abcdef"));
    EXPECT_EQ(only_message(), "[   ab] [ab]");
}

TEST_F(Log, carries_the_innermost_origin) {
    log::info(log::general, "node");
    {
        log::OriginScope connection(ConnectionId::make(ShardId{2}, 77));
        log::info(log::general, "connection");
        {
            log::OriginScope channel(ConnectionId::make(ShardId{2}, 77), ChannelId{5});
            log::info(log::general, "channel");
        }
        log::info(log::general, "connection again");
    }
    log::info(log::general, "node again");
    ASSERT_EQ(lines_.size(), 5u);
    EXPECT_EQ(lines_[0].origin.connection, 0u);
    EXPECT_EQ(lines_[1].origin.connection, 77u);
    EXPECT_EQ(lines_[2].origin.channel, 5u);
    EXPECT_EQ(lines_[3].origin.channel, 0u);
    EXPECT_EQ(lines_[4].origin.connection, 0u);
}

TEST_F(Log, names_levels_and_categories_as_rabbitmq_does) {
    EXPECT_EQ(log::to_text(log::Level::debug), "debug");
    EXPECT_EQ(log::to_text(log::Level::emergency), "emergency");
    EXPECT_EQ(log::to_text(log::Level::none), "none");
    EXPECT_EQ(log::to_text(log::general), "default");
    EXPECT_EQ(log::to_text(log::raft), "ra");
    EXPECT_EQ(log::to_text(log::user), "user");
}

}  // namespace
}  // namespace warren
