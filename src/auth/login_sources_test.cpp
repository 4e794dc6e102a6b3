#include "auth/login_sources.h"

#include <gtest/gtest.h>

namespace warren::auth {

namespace {

LoginsBySource logins_of(const LoginSources& sources) {
    LoginsBySource logins;
    sources.add_to(logins);
    return logins;
}

constexpr auto succeeded = LoginOutcome::succeeded;
constexpr auto failed = LoginOutcome::failed;

}  // namespace

TEST(LoginSources, count_nothing_until_they_are_asked_to) {
    LoginSources sources;
    sources.count("10.0.0.1", "alice", "http", succeeded);
    EXPECT_EQ(sources.size(), 0u);
    sources.track(true);
    sources.count("10.0.0.1", "alice", "http", succeeded);
    sources.track(false);
    sources.count("10.0.0.1", "alice", "http", succeeded);
    EXPECT_EQ(logins_of(sources),
              (LoginsBySource{{{"10.0.0.1", "alice", "http"}, {.succeeded = 1, .failed = 0}}}));
}

TEST(LoginSources, are_told_apart_by_address_user_and_protocol) {
    LoginSources sources;
    sources.track(true);
    sources.count("10.0.0.1", "alice", "http", succeeded);
    sources.count("10.0.0.1", "alice", "http", failed);
    sources.count("10.0.0.2", "alice", "http", failed);
    sources.count("10.0.0.1", "bob", "http", failed);
    sources.count("10.0.0.1", "alice", "amqp091", failed);
    EXPECT_EQ(logins_of(sources),
              (LoginsBySource{{{"10.0.0.1", "alice", "amqp091"}, {.succeeded = 0, .failed = 1}},
                              {{"10.0.0.1", "alice", "http"}, {.succeeded = 1, .failed = 1}},
                              {{"10.0.0.1", "bob", "http"}, {.succeeded = 0, .failed = 1}},
                              {{"10.0.0.2", "alice", "http"}, {.succeeded = 0, .failed = 1}}}));
}

TEST(LoginSources, of_several_shards_add_up) {
    LoginSources one;
    LoginSources other;
    for (LoginSources* sources : {&one, &other}) {
        sources->track(true);
        sources->count("::1", "alice", "amqp091", succeeded);
    }
    LoginsBySource logins;
    one.add_to(logins);
    other.add_to(logins);
    EXPECT_EQ(logins,
              (LoginsBySource{{{"::1", "alice", "amqp091"}, {.succeeded = 2, .failed = 0}}}));
}

TEST(LoginSources, that_were_not_seen_for_longest_make_room) {
    LoginSources sources;
    sources.track(true);
    for (std::size_t user = 0; user < LoginSources::sources_max; ++user)
        sources.count("10.0.0.1", std::to_string(user), "amqp091", failed);
    sources.count("10.0.0.1", "0", "amqp091", failed);  // again: now "1" is the oldest
    sources.count("10.0.0.1", "one more", "amqp091", failed);
    EXPECT_EQ(sources.size(), LoginSources::sources_max);
    const auto logins = logins_of(sources);
    EXPECT_EQ(logins.at({"10.0.0.1", "0", "amqp091"}).failed, 2u);
    EXPECT_EQ(logins.at({"10.0.0.1", "one more", "amqp091"}).failed, 1u);
    EXPECT_FALSE(logins.contains({"10.0.0.1", "1", "amqp091"}));
}

TEST(LoginSources, keep_no_more_of_a_name_than_its_beginning) {
    LoginSources sources;
    sources.track(true);
    sources.count("10.0.0.1", std::string(10'000, 'x'), "amqp091", failed);
    EXPECT_EQ(logins_of(sources).begin()->first.username, std::string(255, 'x'));
}

TEST(LoginSources, show_names_as_utf8) {
    const auto shown = [](const std::string& username) {
        LoginSources sources;
        sources.track(true);
        sources.count("10.0.0.1", username, "amqp091", failed);
        return logins_of(sources).begin()->first.username;
    };
    EXPECT_EQ(shown("a\xC3\xA9"), "a\xC3\xA9");
    EXPECT_EQ(shown("a\xFF"), "a\xEF\xBF\xBD");
    EXPECT_EQ(shown(std::string(254, 'x') + "\xC3\xA9"), std::string(254, 'x'));
    EXPECT_EQ(shown(std::string(300, '\x80')), "");
}

TEST(LoginSources, are_forgotten_and_counted_anew) {
    LoginSources sources;
    sources.track(true);
    sources.count("10.0.0.1", "alice", "http", failed);
    sources.forget();
    EXPECT_EQ(sources.size(), 0u);
    sources.count("10.0.0.1", "alice", "http", failed);
    EXPECT_EQ(logins_of(sources).begin()->second.failed, 1u);
}

}  // namespace warren::auth
