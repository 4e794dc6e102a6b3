#include "app/config/erlang_cookie.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/logging/test_files.h"

namespace warren::config {
namespace {

class ErlangCookieFiles : public testing::Test {
protected:
    std::string folder() const { return files_.path(); }
    std::string keep(const std::string& text, mode_t mode = 0400) {
        std::string path = files_.write(".erlang.cookie", text);
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string error_of(const CookiePlaces& places) {
        const auto found = find_cookie(places);
        return found ? "accepted" : found.error();
    }

    TestFiles files_;
};

TEST_F(ErlangCookieFiles, the_option_beats_the_environment_and_both_beat_files) {
    const std::string path = keep("FROMFILE\n");
    CookiePlaces places{"OPTION", "ENVIRONMENT", folder(), ""};
    EXPECT_EQ(find_cookie(places).value()->text, "OPTION");
    places.option.clear();
    EXPECT_EQ(find_cookie(places).value()->source, "RABBITMQ_ERLANG_COOKIE");
    places.environment.clear();
    const auto found = find_cookie(places).value();
    EXPECT_EQ(found->text, "FROMFILE");
    EXPECT_EQ(found->source, path);
}

TEST_F(ErlangCookieFiles, the_data_folder_is_looked_at_last) {
    keep("COOKIE");
    const auto found = find_cookie({"", "", folder() + "/nowhere", folder()});
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->text, "COOKIE");
    EXPECT_FALSE(find_cookie({"", "", "", folder() + "/nowhere"}).value().has_value());
    EXPECT_FALSE(find_cookie({}).value().has_value());
}

TEST_F(ErlangCookieFiles, a_file_that_others_can_read_is_refused) {
    keep("COOKIE", 0440);
    EXPECT_NE(error_of({"", "", folder(), ""}).find("accessible by its owner only"),
              std::string::npos);
}

TEST_F(ErlangCookieFiles, what_is_no_cookie_is_refused) {
    for (const std::string text : {std::string(), std::string("\n"), std::string("two words"),
                                   std::string("a\0b", 3), std::string(256, 'x')}) {
        keep(text, 0600);
        EXPECT_NE(error_of({"", "", folder(), ""}).find("holds no cookie"), std::string::npos);
    }
    EXPECT_EQ(error_of({"two words", "", "", ""}), "what --erlang-cookie gives is no cookie");
}

TEST_F(ErlangCookieFiles, one_is_made_for_its_owner_only_and_kept) {
    const CookiePlaces places{"", "", "", folder()};
    const auto made = find_or_make_cookie(places);
    ASSERT_TRUE(made) << made.error();
    EXPECT_EQ(made->text.size(), 20u);
    struct stat facts{};
    ASSERT_EQ(::stat(made->source.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0400u);
    EXPECT_EQ(find_or_make_cookie(places)->text, made->text);
}

TEST_F(ErlangCookieFiles, a_folder_that_cannot_be_written_to_is_named) {
    const auto made = find_or_make_cookie({"", "", "", folder() + "/nowhere"});
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().find("/nowhere/.erlang.cookie"), std::string::npos);
}

}  // namespace
}  // namespace warren::config
