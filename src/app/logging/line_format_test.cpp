#include "app/logging/line_format.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>

namespace warren::logging {
namespace {

class LineFormats : public testing::Test {
protected:
    LineFormats() { set_time_zone("UTC"); }

    static void set_time_zone(const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    static log::Record record(std::string_view message, log::Level level = log::Level::info) {
        return {level, log::connection, {ShardId{1}, 123, 4}, 1'795'000'000'123'456, message};
    }
    static std::string line(const LogFormatter& formatter, const log::Record& record,
                            bool use_colors = false) {
        std::string output;
        LineFormat(formatter, use_colors).append(record, output);
        return output;
    }
};

TEST_F(LineFormats, writes_rabbitmqs_line) {
    EXPECT_EQ(line({}, record("hello")),
              "2026-11-18 11:06:40.123456+00:00 [info] <1.123.4> hello\n");
}

TEST_F(LineFormats, repeats_the_prefix_on_each_line_of_a_message) {
    EXPECT_EQ(line({}, record("hello\nworld")),
              "2026-11-18 11:06:40.123456+00:00 [info] <1.123.4> hello\n"
              "2026-11-18 11:06:40.123456+00:00 [info] <1.123.4> world\n");
    EXPECT_EQ(line({.single_line = true}, record("hello\nworld")),
              "2026-11-18 11:06:40.123456+00:00 [info] <1.123.4> hello, world\n");
}

TEST_F(LineFormats, knows_all_time_formats) {
    LogFormatter formatter{.plaintext_format = "$time"};
    const auto time = [&](TimeFormat format) {
        formatter.time_format = format;
        return line(formatter, record(""));
    };
    EXPECT_EQ(time(TimeFormat::rfc3339_space), "2026-11-18 11:06:40.123456+00:00\n");
    EXPECT_EQ(time(TimeFormat::rfc3339_T), "2026-11-18T11:06:40.123456+00:00\n");
    EXPECT_EQ(time(TimeFormat::epoch_usecs), "1795000000123456\n");
    EXPECT_EQ(time(TimeFormat::epoch_secs), "1795000000.123456\n");
    EXPECT_EQ(time(TimeFormat::lager_default), "2026-11-18 11:06:40.123\n");
}

TEST_F(LineFormats, writes_local_time_with_its_offset) {
    set_time_zone("XXX+3:30");
    EXPECT_EQ(line({.plaintext_format = "$time"}, record("")),
              "2026-11-18 07:36:40.123456-03:30\n");
    set_time_zone("XXX-5:45");
    EXPECT_EQ(line({.plaintext_format = "$time"}, record("")),
              "2026-11-18 16:51:40.123456+05:45\n");
}

TEST_F(LineFormats, knows_all_level_formats) {
    const auto levels = [&](LevelFormat format) {
        std::string all;
        for (int level = 0; level < 8; ++level)
            all += line({.level_format = format, .plaintext_format = "$level"},
                        record("", static_cast<log::Level>(level)));
        std::ranges::replace(all, '\n', ' ');
        return all;
    };
    EXPECT_EQ(levels(LevelFormat::lc), "debug info notice warning error critical alert emergency ");
    EXPECT_EQ(levels(LevelFormat::uc), "DEBUG INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY ");
    EXPECT_EQ(levels(LevelFormat::lc3), "dbg inf ntc wrn err crt alt emg ");
    EXPECT_EQ(levels(LevelFormat::uc3), "DBG INF NTC WRN ERR CRT ALT EMG ");
    EXPECT_EQ(levels(LevelFormat::lc4), "dbug info noti warn erro crit alrt emgc ");
    EXPECT_EQ(levels(LevelFormat::uc4), "DBUG INFO NOTI WARN ERRO CRIT ALRT EMGC ");
}

TEST_F(LineFormats, follows_a_pattern_of_the_users_own) {
    EXPECT_EQ(line({.plaintext_format = "A $level - $msg $pid $$ $"}, record("x\ny")),
              "A info - x <1.123.4> $$ $\nA info - y <1.123.4> $$ $\n");
    EXPECT_EQ(line({.plaintext_format = "$domain $nope:$msg"}, record("x")),
              "rabbitmq.connection <unknown nope>:x\n");
    EXPECT_EQ(line({.plaintext_format = "constant"}, record("x")), "constant\n");
}

TEST_F(LineFormats, names_the_domain_as_rabbitmq_does) {
    log::Record general = record("");
    general.category = log::general;
    EXPECT_EQ(line({.plaintext_format = "$domain"}, general), "rabbitmq\n");
    EXPECT_EQ(line({.plaintext_format = "$domain"}, record("")), "rabbitmq.connection\n");
}

TEST_F(LineFormats, colors_lines_by_level) {
    const LogFormatter formatter{.plaintext_format = "$msg"};
    EXPECT_EQ(line(formatter, record("x", log::Level::error), true), "\033[38;5;160mx\033[0m\n");
    EXPECT_EQ(line(formatter, record("x\ny", log::Level::warning), true),
              "\033[38;5;214mx\033[0m\n\033[38;5;214my\033[0m\n");
    EXPECT_EQ(line(formatter, record("x"), true), "x\n");
}

TEST_F(LineFormats, writes_json_with_rabbitmqs_fields) {
    EXPECT_EQ(
        line({.json = true}, record("say \"a\\b\"\nnext")),
        R"({"time":"2026-11-18 11:06:40.123456+00:00","level":"info","msg":"say \"a\\b\"\nnext",)"
        R"("pid":"<1.123.4>","domain":"rabbitmq.connection"})"
        "\n");
    EXPECT_EQ(line({.json = true, .json_field_map = "msg"}, record("\x01")).substr(0, 14),
              R"({"msg":"\u0001)");
}

TEST_F(LineFormats, renames_orders_and_drops_json_fields) {
    const auto json = [&](std::string map) {
        return line(
            {.json = true, .time_format = TimeFormat::epoch_secs, .json_field_map = std::move(map)},
            record("m"));
    };
    EXPECT_EQ(json("time:ts level msg pid:- domain:-"),
              R"({"ts":"1795000000.123456","level":"info","msg":"m"})"
              "\n");
    EXPECT_EQ(json("msg:text *:-"), R"({"text":"m"})"
                                    "\n");
    EXPECT_EQ(json("level:severity gl:- nope:x time:- pid:-"),
              R"({"severity":"info","msg":"m","domain":"rabbitmq.connection"})"
              "\n");
    EXPECT_EQ(json("*:-"), "{}\n");
    EXPECT_EQ(
        line({.json = true, .single_line = true, .json_field_map = "msg *:-"}, record("a\nb")),
        R"({"msg":"a, b"})"
        "\n");
}

TEST_F(LineFormats, refuses_field_maps_without_a_name) {
    EXPECT_FALSE(find_field_map_fault("time:ts *:-"));
    EXPECT_EQ(find_field_map_fault("time: msg"),
              "expected fields as 'name', 'name:new_name' or 'name:-', found 'time:'");
    EXPECT_TRUE(find_field_map_fault(":x"));
}

}  // namespace
}  // namespace warren::logging
