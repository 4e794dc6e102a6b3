#include "app/config/environment_file.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

Environment read(std::string_view text, Environment environment = {}) {
    std::vector<ConfigError> errors;
    read_environment_file(text, "env.conf", environment, errors);
    EXPECT_TRUE(errors.empty()) << to_text(std::span<const ConfigError>(errors));
    return environment;
}

TEST(environment_file, completes_names_without_their_prefix) {
    EXPECT_EQ(
        read("NODENAME=a@b\nRABBITMQ_LOG_BASE=/log\nOTHER=x\n"),
        (Environment{{"RABBITMQ_NODENAME", "a@b"}, {"RABBITMQ_LOG_BASE", "/log"}, {"OTHER", "x"}}));
}

TEST(environment_file, leaves_real_variables_alone_but_lets_later_lines_win) {
    EXPECT_EQ(read("NODENAME=a\nNODENAME=b\nLOG_BASE=/x\n", {{"RABBITMQ_LOG_BASE", "/real"}}),
              (Environment{{"RABBITMQ_NODENAME", "b"}, {"RABBITMQ_LOG_BASE", "/real"}}));
}

TEST(environment_file, understands_quotes_comments_and_variables) {
    const Environment environment = read(
        "# comment\n\n  export A='single $HOME' # why\r\nB=\"double \\\"$A\\\" "
        "${HOME}/x\"\nC=plain\\ text'+'\"more\"$HOME\nD=\nE=a#b\n",
        {{"HOME", "/home"}});
    EXPECT_EQ(value_of(environment, "A"), "single $HOME");
    EXPECT_EQ(value_of(environment, "B"), "double \"single $HOME\" /home/x");
    EXPECT_EQ(value_of(environment, "C"), "plain text+more/home");
    EXPECT_EQ(value_of(environment, "D"), "");
    EXPECT_EQ(value_of(environment, "E"), "a#b");
}

TEST(environment_file, refuses_shell_code_line_by_line) {
    Environment environment;
    std::vector<ConfigError> errors;
    read_environment_file(
        "A=1\nif true; then\nB=$(hostname)\nC=`id`\nD=a "
        "b\nE='open\nF=x;y\nG=${X:-y}\n\"H\"=1\nI=2\n",
        "env.conf", environment, errors);
    ASSERT_EQ(errors.size(), 8u);
    for (std::size_t i = 0; i < errors.size(); ++i)
        EXPECT_EQ(to_text(errors[i]),
                  "env.conf:" + std::to_string(i + 2) +
                      ": expected NAME=value; this file is read, not run as a shell script");
    EXPECT_EQ(environment, (Environment{{"A", "1"}, {"I", "2"}}));
}

TEST(environment_file, survives_being_cut_at_every_byte) {
    const std::string_view text = "export A=\"x $HOME \\\" ${B}\" # c\nC='y'\\\n";
    for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
        Environment environment;
        std::vector<ConfigError> errors;
        read_environment_file(text.substr(0, bytes), "env.conf", environment, errors);
        EXPECT_LE(errors.size(), 2u);
    }
}

}  // namespace
}  // namespace warren::config
