#include "app/config/conf_files.h"

#include <gtest/gtest.h>

#include "app/logging/test_files.h"

namespace warren::config {
namespace {

// "heartbeat=1 heartbeat=2 ..." in reading order.
std::string settings_of(const ReadConf& read) {
    std::string text;
    for (const Setting& setting : read.settings)
        text += (text.empty() ? "" : " ") + setting.key + "=" + setting.value;
    return text;
}

TEST(conf_files, reads_includes_where_they_stand_and_relative_to_their_file) {
    TestFiles files;
    const std::string main = files.write("main.conf", "a = 1\ninclude sub/b.conf\na = 3\n");
    files.write("sub/b.conf", "a = 2\ninclude c.conf\n");
    files.write("sub/c.conf", "c = 1\n");
    const ReadConf read = read_conf_files({main});
    EXPECT_TRUE(read.errors.empty());
    EXPECT_EQ(settings_of(read), "a=1 a=2 c=1 a=3");
    EXPECT_EQ(read.files.size(), 3u);
}

TEST(conf_files, reads_a_directory_in_name_order_and_only_conf_files) {
    TestFiles files;
    files.write("conf.d/20-b.conf", "b = 2\n");
    files.write("conf.d/10-a.conf", "a = 1\n");
    files.write("conf.d/30-c.conf.bak", "c = 3\n");
    files.write("conf.d/sub.conf/x", "d = 4\n");
    const std::string main = files.write("main.conf", "m = 0\n");
    EXPECT_EQ(settings_of(read_conf_files({main, files.path("conf.d")})), "m=0 a=1 b=2");
    EXPECT_EQ(settings_of(read_conf_files({files.path("conf.d/*b.conf")})), "b=2");
    EXPECT_EQ(settings_of(read_conf_files({files.path("conf.d/*none")})), "");
}

TEST(conf_files, includes_by_glob_in_name_order) {
    TestFiles files;
    files.write("d/2.conf", "x = 2\n");
    files.write("d/1.conf", "x = 1\n");
    EXPECT_EQ(settings_of(read_conf_files({files.write("main.conf", "include d/*.conf\n")})),
              "x=1 x=2");
}

TEST(conf_files, remembers_file_and_line_of_each_setting) {
    TestFiles files;
    const std::string main = files.write("main.conf", "include b.conf\n\na = 1\n");
    const std::string included = files.write("b.conf", "# c\nb = 1\n");
    const ReadConf read = read_conf_files({main});
    ASSERT_EQ(read.settings.size(), 2u);
    EXPECT_EQ(read.settings[0].file, included);
    EXPECT_EQ(read.settings[0].line, 2);
    EXPECT_EQ(read.settings[1].file, main);
    EXPECT_EQ(read.settings[1].line, 3);
}

TEST(conf_files, warns_of_a_missing_include_but_refuses_a_missing_file) {
    TestFiles files;
    const std::string main =
        files.write("main.conf", "\ninclude none.conf\ninclude none*.conf\na = 1\n");
    const ReadConf read = read_conf_files({main});
    EXPECT_TRUE(read.errors.empty());
    EXPECT_EQ(settings_of(read), "a=1");
    ASSERT_EQ(read.warnings.size(), 1u);
    EXPECT_EQ(to_text(read.warnings[0]),
              main + ":2: include: there is no file '" + files.path("none.conf") + "'");

    const ReadConf missing = read_conf_files({files.path("none.conf")});
    ASSERT_EQ(missing.errors.size(), 1u);
    EXPECT_EQ(to_text(missing.errors[0]),
              files.path("none.conf") + ": cannot be read: No such file or directory");
}

TEST(conf_files, refuses_circles) {
    TestFiles files;
    const std::string main = files.write("main.conf", "include b.conf\n");
    const std::string other = files.write("b.conf", "include main.conf\n");
    const ReadConf read = read_conf_files({main});
    ASSERT_EQ(read.errors.size(), 1u);
    EXPECT_EQ(to_text(read.errors[0]),
              other + ":1: include: '" + main + "' is included by itself or too deeply");
}

TEST(conf_files, stops_at_too_many_includes) {
    TestFiles files;
    files.write("leaf.conf", "a = 1\n");
    std::string content;
    for (int i = 0; i < 1100; ++i)
        content += "include leaf.conf\n";
    const ReadConf read = read_conf_files({files.write("main.conf", content)});
    EXPECT_EQ(read.settings.size(), 999u);
    ASSERT_FALSE(read.errors.empty());
    EXPECT_EQ(read.errors[0].message, "more than 1000 files are included");
}

TEST(conf_files, refuses_a_file_that_is_no_configuration) {
    TestFiles files;
    const ReadConf huge = read_conf_files({files.write("huge.conf", std::string(5u << 20, '#'))});
    ASSERT_EQ(huge.errors.size(), 1u);
    EXPECT_EQ(huge.errors[0].message, "cannot be read: is larger than 4 MiB");
}

TEST(conf_files, collects_the_errors_of_all_files) {
    TestFiles files;
    const std::string main = files.write("main.conf", "bad\ninclude b.conf\nworse\n");
    files.write("b.conf", "= 1\n");
    EXPECT_EQ(read_conf_files({main}).errors.size(), 3u);
}

}  // namespace
}  // namespace warren::config
