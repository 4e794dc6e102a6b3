#include "auth/backends/internal.h"

#include <gtest/gtest.h>

namespace warren::auth {
namespace {

class InternalBackendTest : public testing::Test {
protected:
    InternalBackendTest() {
        apply(PutUser{.name = "u",
                      .password = hash_password("secret", HashingAlgorithm::sha256),
                      .tags = {{"management"}}});
        apply(SetPermissions{"u", "/", {"", "^w", "r$"}});
    }
    void apply(const UserCommand& command) { ASSERT_TRUE(users_.apply(command)); }
    std::string refusal(std::string name, std::optional<std::string> password) {
        const auto outcome = backend_.authenticate({std::move(name), std::move(password)}, {});
        return outcome ? "accepted" : outcome.error();
    }
    bool allows(std::string_view queue, Permission permission) {
        return backend_.allows("u", {ResourceKind::queue, "/", queue}, permission);
    }

    UserTable users_;
    InternalBackend backend_{users_};
};

TEST_F(InternalBackendTest, right_password_gives_the_users_tags) {
    const auto known = backend_.authenticate({"u", "secret"}, {});
    ASSERT_TRUE(known);
    EXPECT_EQ(known->username, "u");
    EXPECT_EQ(known->tags, std::vector<std::string>{"management"});
}

TEST_F(InternalBackendTest, wrong_password_and_unknown_user_read_alike) {
    EXPECT_EQ(refusal("u", "wrong"), "user 'u' - invalid credentials");
    EXPECT_EQ(refusal("x", "wrong"), "user 'x' - invalid credentials");
}

TEST_F(InternalBackendTest, blank_password_is_refused_whatever_is_stored) {
    apply(PutUser{.name = "b", .password = PasswordHash{}, .tags = {}});
    EXPECT_TRUE(refusal("u", "").starts_with("user 'u' attempted to log in with a blank password"));
    EXPECT_TRUE(refusal("b", "").starts_with("user 'b' attempted to log in with a blank password"));
    EXPECT_EQ(refusal("b", "x"), "user 'b' - invalid credentials");
}

TEST_F(InternalBackendTest, certificate_login_needs_the_user_and_no_password) {
    EXPECT_EQ(refusal("u", std::nullopt), "accepted");
    EXPECT_EQ(refusal("x", std::nullopt), "user 'x' - invalid credentials");
}

TEST_F(InternalBackendTest, permissions_follow_their_patterns) {
    EXPECT_FALSE(allows("w1", Permission::configure));
    EXPECT_TRUE(allows("", Permission::configure));
    EXPECT_TRUE(allows("w1", Permission::write));
    EXPECT_FALSE(allows("1w", Permission::write));
    EXPECT_TRUE(allows("for", Permission::read));
    EXPECT_FALSE(allows("row", Permission::read));
}

TEST_F(InternalBackendTest, topic_permissions_alone_open_no_vhost) {
    apply(SetTopicPermissions{"u", "other", "e", {".*", ".*"}});
    EXPECT_TRUE(backend_.allows_vhost("u", "/"));
    EXPECT_FALSE(backend_.allows_vhost("u", "other"));
    EXPECT_FALSE(backend_.allows_vhost("x", "/"));
    EXPECT_FALSE(backend_.allows("u", {ResourceKind::queue, "other", "q"}, Permission::read));
}

TEST_F(InternalBackendTest, routing_keys_are_free_unless_the_exchange_has_topic_permissions) {
    apply(SetTopicPermissions{"u", "/", "e", {"^w", ""}});
    EXPECT_FALSE(backend_.restricts_topics("u", "/", "f"));
    EXPECT_TRUE(backend_.allows_topic("u", {"/", "f", "k"}, Permission::write));
    EXPECT_TRUE(backend_.restricts_topics("u", "/", "e"));
    EXPECT_FALSE(backend_.allows_topic("u", {"/", "e", "k"}, Permission::write));
    EXPECT_TRUE(backend_.allows_topic("u", {"/", "e", "w"}, Permission::write));
    EXPECT_FALSE(backend_.allows_topic("u", {"/", "e", "w"}, Permission::read));
    EXPECT_TRUE(backend_.allows_topic("u", {"/", "e", ""}, Permission::read));
}

TEST_F(InternalBackendTest, client_id_stands_for_this_client_only) {
    apply(SetTopicPermissions{"u", "/", "e", {"^{client_id}\\.", ""}});
    EXPECT_TRUE(backend_.allows_topic("u", {"/", "e", "a.b.x", "a.b"}, Permission::write));
    EXPECT_FALSE(backend_.allows_topic("u", {"/", "e", "axb.x", "a.b"}, Permission::write));
    // AMQP 0-9-1 has no client id: the variable is plain text then, as in RabbitMQ.
    EXPECT_TRUE(backend_.allows_topic("u", {"/", "e", "{client_id}.x"}, Permission::write));
}

}  // namespace
}  // namespace warren::auth
