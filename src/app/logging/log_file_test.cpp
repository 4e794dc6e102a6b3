#include "app/logging/log_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/logging/test_files.h"

namespace warren::logging {
namespace {

constexpr std::int64_t now_s = 1'795'236'067;  // 2026-11-21 04:41:07 UTC

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    if (!file) return "no file";
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

std::string unzipped(const std::string& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) return "no file";
    std::string content(1000, '\0');
    content.resize(static_cast<std::size_t>(std::max(0, gzread(file, content.data(), 1000))));
    gzclose(file);
    return content;
}

TEST(LogFile, creates_its_directory_and_appends_to_what_is_there) {
    TestFiles files;
    const std::string path = files.path("a/b/x.log");
    for (const auto* line : {"one\n", "two\n"}) {
        LogFile file(path, {});
        ASSERT_TRUE(file.open(now_s));
        file.append(line, now_s);
    }
    EXPECT_EQ(content_of(path), "one\ntwo\n");
}

TEST(LogFile, rotates_before_a_line_would_exceed_the_size) {
    TestFiles files;
    const std::string path = files.path("x.log");
    LogFile file(path, {.size_bytes = 10, .count = 2});
    ASSERT_TRUE(file.open(now_s));
    for (const auto* line : {"1111\n", "2222\n", "3333\n", "4444\n", "5555\n", "6666\n", "7777\n"})
        file.append(line, now_s);
    file.flush(now_s);
    EXPECT_EQ(content_of(path), "7777\n");
    EXPECT_EQ(content_of(path + ".0"), "5555\n6666\n");
    EXPECT_EQ(content_of(path + ".1"), "3333\n4444\n");
    EXPECT_EQ(content_of(path + ".2"), "no file");
}

TEST(LogFile, counts_what_was_in_the_file_before) {
    TestFiles files;
    const std::string path = files.write("x.log", "12345678\n");
    LogFile file(path, {.size_bytes = 10, .count = 1});
    ASSERT_TRUE(file.open(now_s));
    file.append("abc\n", now_s);
    file.flush(now_s);
    EXPECT_EQ(content_of(path), "abc\n");
    EXPECT_EQ(content_of(path + ".0"), "12345678\n");
}

TEST(LogFile, takes_a_line_larger_than_the_size_whole) {
    TestFiles files;
    LogFile file(files.path("x.log"), {.size_bytes = 10, .count = 3});
    ASSERT_TRUE(file.open(now_s));
    file.append("a line of twenty five\n", now_s);
    file.append("b\n", now_s);
    file.flush(now_s);
    EXPECT_EQ(content_of(files.path("x.log")), "b\n");
    EXPECT_EQ(content_of(files.path("x.log.0")), "a line of twenty five\n");
}

TEST(LogFile, starts_anew_when_no_old_files_are_kept) {
    TestFiles files;
    LogFile file(files.path("x.log"), {.size_bytes = 10, .count = 0});
    ASSERT_TRUE(file.open(now_s));
    file.append("12345678\n", now_s);
    file.append("abc\n", now_s);
    file.flush(now_s);
    EXPECT_EQ(content_of(files.path("x.log")), "abc\n");
    EXPECT_FALSE(std::filesystem::exists(files.path("x.log.0")));
}

TEST(LogFile, rotates_at_its_date) {
    setenv("TZ", "UTC", 1);
    tzset();
    TestFiles files;
    LogFile file(files.path("x.log"), {.count = 5, .date = "$D5"});
    ASSERT_TRUE(file.open(now_s));
    const std::int64_t five_s = now_s - 4 * 3600 - 41 * 60 - 7 + 5 * 3600;
    file.append("before\n", five_s - 1);
    file.append("after\n", five_s);
    file.append("later\n", five_s + 23 * 3600);
    file.append("next day\n", five_s + 24 * 3600);
    file.flush(five_s + 24 * 3600);
    EXPECT_EQ(content_of(files.path("x.log")), "next day\n");
    EXPECT_EQ(content_of(files.path("x.log.0")), "after\nlater\n");
    EXPECT_EQ(content_of(files.path("x.log.1")), "before\n");
}

TEST(LogFile, compresses_rotated_files) {
    TestFiles files;
    {
        LogFile file(files.path("x.log"), {.size_bytes = 5, .count = 2, .compress = true});
        ASSERT_TRUE(file.open(now_s));
        for (const auto* line : {"111\n", "222\n", "333\n", "444\n"})
            file.append(line, now_s);
    }
    EXPECT_EQ(content_of(files.path("x.log")), "444\n");
    EXPECT_EQ(unzipped(files.path("x.log.0.gz")), "333\n");
    EXPECT_EQ(unzipped(files.path("x.log.1.gz")), "222\n");
    EXPECT_FALSE(std::filesystem::exists(files.path("x.log.0")));
    EXPECT_FALSE(std::filesystem::exists(files.path("x.log.2.gz")));
}

TEST(LogFile, notices_within_a_second_that_it_was_moved_away) {
    TestFiles files;
    LogFile file(files.path("x.log"), {});
    ASSERT_TRUE(file.open(now_s));
    file.append("old\n", now_s);
    file.flush(now_s);
    std::filesystem::rename(files.path("x.log"), files.path("moved"));
    file.append("new\n", now_s + 1);
    file.flush(now_s + 1);
    EXPECT_EQ(content_of(files.path("moved")), "old\n");
    EXPECT_EQ(content_of(files.path("x.log")), "new\n");
}

TEST(LogFile, counts_what_a_full_disk_refuses) {
    LogFile file("/dev/full", {});
    ASSERT_TRUE(file.open(now_s));
    testing::internal::CaptureStderr();
    file.append("lost\n", now_s);
    file.flush(now_s);
    file.append("lost\n", now_s);
    file.flush(now_s);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "warrenmq: cannot write to the log file /dev/full: No space left on device\n");
    EXPECT_EQ(file.bytes_lost(), 10u);
}

}  // namespace
}  // namespace warren::logging
