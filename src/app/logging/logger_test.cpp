#include "app/logging/logger.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "app/logging/test_files.h"

namespace warren::logging {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

// The messages of a file, without what stands before them: only for lines made with $msg alone.
LogConfig to_file(const TestFiles& files) {
    LogConfig config;
    config.dir = files.path();
    config.file.enabled = true;
    config.file.file = "node.log";
    config.file.formatter.plaintext_format = "$msg";
    return config;
}

class GatedOutput final : public Output {
public:
    GatedOutput() : Output(all_levels()) {}
    void append(const log::Record& record) override {
        if (lines_.empty()) {
            entered_.set_value();
            gate_.get_future().wait();
        }
        lines_.emplace_back(record.message);
    }
    void flush() override {}
    void reopen() override {}

    // The writer hangs in its first record until the test lets it go.
    std::promise<void> entered_;
    std::promise<void> gate_;
    std::vector<std::string> lines_;

private:
    static Thresholds all_levels() {
        Thresholds thresholds;
        thresholds.fill(log::Level::debug);
        return thresholds;
    }
};

TEST(Logger, writes_what_passes_the_levels_to_the_file) {
    TestFiles files;
    const auto logger = Logger::start(to_file(files));
    ASSERT_TRUE(logger);
    log::info(log::connection, "first");
    log::debug(log::connection, "hidden");
    log::error(log::queue, "second");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("node.log")), "first\nsecond\n");
}

TEST(Logger, gives_a_category_its_own_level_up_and_down) {
    TestFiles files;
    LogConfig config = to_file(files);
    config.file.level = log::Level::warning;
    config.categories[static_cast<std::size_t>(log::connection)].level = log::Level::debug;
    config.categories[static_cast<std::size_t>(log::queue)].level = log::Level::none;
    const auto logger = Logger::start(config);
    log::info(log::general, "no");
    log::debug(log::connection, "yes");
    log::critical(log::queue, "no");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("node.log")), "yes\n");
}

TEST(Logger, takes_the_level_of_outputs_from_the_default_category) {
    LogConfig config;
    config.categories[static_cast<std::size_t>(log::general)].level = log::Level::error;
    EXPECT_EQ(thresholds_of(config, std::nullopt)[0], log::Level::error);
    EXPECT_EQ(thresholds_of(config, log::Level::debug)[0], log::Level::debug);
    EXPECT_EQ(thresholds_of({}, std::nullopt)[0], log::Level::info);
}

TEST(Logger, moves_a_category_with_a_file_of_its_own_there) {
    TestFiles files;
    LogConfig config = to_file(files);
    config.categories[static_cast<std::size_t>(log::connection)].file = "extra.log";
    config.categories[static_cast<std::size_t>(log::channel)].file = "extra.log";
    config.categories[static_cast<std::size_t>(log::channel)].level = log::Level::error;
    const auto logger = Logger::start(config);
    log::info(log::connection, "connection");
    log::info(log::channel, "too quiet");
    log::error(log::channel, "channel");
    log::info(log::general, "node");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("node.log")), "node\n");
    EXPECT_EQ(content_of(files.path("extra.log")), "connection\nchannel\n");
}

TEST(Logger, says_why_a_file_cannot_be_opened) {
    TestFiles files;
    files.write("blocker", "a file where a directory is wanted");
    LogConfig config = to_file(files);
    config.dir = files.path("blocker");
    const auto logger = Logger::start(config);
    ASSERT_FALSE(logger);
    EXPECT_EQ(logger.error(),
              "cannot open the log file '" + files.path("blocker/node.log") + "': Not a directory");
}

TEST(Logger, opens_files_anew_after_the_operator_moved_them) {
    TestFiles files;
    const auto logger = Logger::start(to_file(files));
    log::info(log::general, "old");
    (*logger)->flush();
    std::filesystem::rename(files.path("node.log"), files.path("node.log.1"));
    (*logger)->reopen();
    log::info(log::general, "new");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("node.log.1")), "old\n");
    EXPECT_EQ(content_of(files.path("node.log")), "new\n");
}

TEST(Logger, changes_levels_and_files_while_it_runs) {
    TestFiles files;
    LogConfig config = to_file(files);
    const auto logger = Logger::start(config);
    log::debug(log::general, "hidden");
    log::info(log::general, "one");
    config.file.level = log::Level::debug;
    config.file.file = "other.log";
    ASSERT_TRUE((*logger)->reconfigure(config));
    log::debug(log::general, "two");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("node.log")), "one\n");
    EXPECT_EQ(content_of(files.path("other.log")), "two\n");

    config.dir = files.path("other.log");
    EXPECT_FALSE((*logger)->reconfigure(config));
    log::debug(log::general, "three");
    (*logger)->flush();
    EXPECT_EQ(content_of(files.path("other.log")), "two\nthree\n");
}

TEST(Logger, drops_and_counts_what_a_hanging_output_leaves_no_room_for) {
    Outputs outputs;
    outputs.push_back(std::make_unique<GatedOutput>());
    auto& output = static_cast<GatedOutput&>(*outputs[0]);
    Logger logger(std::move(outputs));
    log::info(log::general, "0");
    output.entered_.get_future().wait();
    for (std::size_t i = 1; i <= queued_records_max + 100; ++i)
        log::info(log::general, "{}", i);
    output.gate_.set_value();
    logger.flush();
    ASSERT_EQ(output.lines_.size(), 1 + queued_records_max + 1);
    EXPECT_EQ(output.lines_[queued_records_max], std::to_string(queued_records_max));
    EXPECT_EQ(output.lines_.back(),
              "100 log messages were dropped: more were logged than could be written");
}

TEST(Logger, bounds_the_bytes_that_wait) {
    Outputs outputs;
    outputs.push_back(std::make_unique<GatedOutput>());
    auto& output = static_cast<GatedOutput&>(*outputs[0]);
    Logger logger(std::move(outputs));
    log::info(log::general, "0");
    output.entered_.get_future().wait();
    const std::string long_text(1024, 'x');
    for (int i = 0; i < 10'000; ++i)
        log::info(log::general, "{}", long_text);
    output.gate_.set_value();
    logger.flush();
    EXPECT_EQ(output.lines_.size(), 1 + queued_bytes_max / long_text.size() + 1);
    EXPECT_EQ(output.lines_.back(),
              "1808 log messages were dropped: more were logged than could be written");
}

TEST(Logger, keeps_the_order_of_each_thread) {
    TestFiles files;
    const auto logger = Logger::start(to_file(files));
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([thread] {
            for (int i = 0; i < 1000; ++i)
                log::info(log::general, "{} {}", thread, i);
        });
    for (auto& thread : threads)
        thread.join();
    (*logger)->flush();
    std::array<int, 4> next{};
    std::istringstream lines(content_of(files.path("node.log")));
    int thread = 0, number = 0, count = 0;
    while (lines >> thread >> number) {
        ASSERT_EQ(number, next[static_cast<std::size_t>(thread)]++);
        ++count;
    }
    EXPECT_EQ(count, 4000);
}

TEST(Logger, writes_what_is_queued_when_it_ends) {
    TestFiles files;
    {
        const auto logger = Logger::start(to_file(files));
        for (int i = 0; i < 100; ++i)
            log::info(log::general, "x");
    }
    EXPECT_EQ(content_of(files.path("node.log")).size(), 200u);
    EXPECT_FALSE(log::enabled(log::Level::info, log::general));
}

}  // namespace
}  // namespace warren::logging
