#include "app/config/log_environment.h"

#include <gtest/gtest.h>

#include "app/config/config_paths.h"
#include "app/config/log_words.h"
#include "app/logging/test_files.h"

namespace warren::config {
namespace {

logging::LogConfig completed(const Environment& environment, logging::LogConfig log = {},
                             const std::string& default_log_dir = "/nowhere") {
    Config config;
    config.node_name = "rabbit@host";
    config.data_dir = "/data";
    config.log = std::move(log);
    std::vector<ConfigError> errors;
    complete_logging(environment, default_log_dir, config, errors);
    EXPECT_TRUE(errors.empty()) << to_text(std::span<const ConfigError>(errors));
    return config.log;
}

// "console", "stderr", "/dir/file", joined by +.
std::string places(const logging::LogConfig& log) {
    std::string text;
    if (*log.console.enabled) text += log.console.to_stderr ? "stderr" : "console";
    if (*log.file.enabled) text += (text.empty() ? "" : "+") + log.dir + "/" + log.file.file;
    return text;
}

TEST(log_environment, logs_to_the_console_if_nothing_is_said) {
    EXPECT_EQ(places(completed({})), "console");
}

TEST(log_environment, logs_to_a_file_as_soon_as_one_is_named) {
    EXPECT_EQ(places(completed({{"RABBITMQ_LOG_BASE", "/log"}})), "/log/rabbit@host.log");
    EXPECT_EQ(places(completed({}, {.dir = "/dir"})), "/dir/rabbit@host.log");
    logging::LogConfig log;
    log.file.enabled = true;
    log.file.file = "a.log";
    EXPECT_EQ(places(completed({}, log)), "/data/log/a.log");
    log.console.enabled = true;
    EXPECT_EQ(places(completed({}, log)), "console+/data/log/a.log");
}

TEST(log_environment, uses_the_system_directory_if_it_can_be_written_to) {
    TestFiles files;
    EXPECT_EQ(completed({}, {}, files.path()).dir, files.path());
    EXPECT_EQ(completed({}, {}, files.path("none")).dir, "/data/log");
}

TEST(log_environment, logs_only_to_the_console_if_that_is_named_alone) {
    logging::LogConfig log{.dir = "/dir"};
    log.console.enabled = true;
    EXPECT_EQ(places(completed({}, log)), "console");
    logging::LogConfig no_file;
    no_file.file.enabled = false;
    EXPECT_EQ(places(completed({}, no_file)), "console");
    no_file.console.enabled = false;
    EXPECT_EQ(places(completed({}, no_file)), "");
}

TEST(log_environment, obeys_rabbitmq_logs_before_the_files) {
    logging::LogConfig log;
    log.file.enabled = true;
    log.file.file = "a.log";
    EXPECT_EQ(places(completed({{"RABBITMQ_LOGS", "-"}}, log)), "console");
    EXPECT_EQ(places(completed({{"RABBITMQ_LOGS", "-stderr"}}, log)), "stderr");
    EXPECT_EQ(completed({{"RABBITMQ_LOGS", "/x/env.log"}}, log).file.file, "/x/env.log");
    EXPECT_EQ(completed({{"RABBITMQ_LOG_BASE", "/env"}}, {.dir = "/file"}).dir, "/env");
}

TEST(log_environment, reads_levels_and_switches) {
    const logging::LogConfig log =
        completed({{"RABBITMQ_LOG", "debug,connection=error,+json,-color,+single_line"}});
    EXPECT_EQ(log.default_level(), log::Level::debug);
    EXPECT_EQ(log.categories[static_cast<std::size_t>(log::connection)].level, log::Level::error);
    EXPECT_TRUE(log.console.formatter.json);
    EXPECT_TRUE(log.file.formatter.json);
    EXPECT_TRUE(log.file.formatter.single_line);
    EXPECT_FALSE(log.console.use_colors);
}

TEST(log_environment, refuses_words_it_does_not_know) {
    Config config;
    std::vector<ConfigError> errors;
    complete_logging({{"RABBITMQ_LOG", "loud,nothing=debug,+sparkle,info"}}, "", config, errors);
    ASSERT_EQ(errors.size(), 3u);
    EXPECT_EQ(to_text(errors[0]),
              "environment: RABBITMQ_LOG: expected a level, category=level, +json, +single_line or "
              "+color (or - for +), "
              "found 'loud'");
}

TEST(log_words, knows_all_levels_and_categories) {
    EXPECT_EQ(parse_log_level("emergency"), log::Level::emergency);
    EXPECT_EQ(parse_log_level("none"), log::Level::none);
    EXPECT_EQ(parse_log_level("=debug"), log::Level::debug);
    EXPECT_EQ(parse_log_level("Info"), std::nullopt);
    EXPECT_EQ(parse_log_category("ra"), log::raft);
    EXPECT_EQ(parse_log_category("default"), log::general);
    EXPECT_EQ(parse_log_category("raft"), std::nullopt);
}

TEST(config_paths, finds_the_data_directory) {
    TestFiles files;
    EXPECT_EQ(
        data_directory({{"RABBITMQ_MNESIA_DIR", "/d"}, {"RABBITMQ_MNESIA_BASE", "/b"}}, "", "n@h"),
        "/d");
    EXPECT_EQ(data_directory({{"RABBITMQ_MNESIA_BASE", "/b"}}, "", "n@h"), "/b/n@h");
    EXPECT_EQ(data_directory({}, files.path(), "n@h"), "data");
    files.write("var/lib/warrenmq/x", "");
    EXPECT_EQ(data_directory({}, files.path(), "n@h"), files.path("var/lib/warrenmq"));
}

}  // namespace
}  // namespace warren::config
