#include "auth/access_control.h"

#include <gtest/gtest.h>

#include "auth/backends/internal.h"

namespace warren::auth {
namespace {

// Says yes to one user and to whatever its flag says.
class FixedBackend final : public Backend {
public:
    FixedBackend(std::string user, std::vector<std::string> tags, bool allows = true)
        : user_{std::move(user), std::move(tags)}, allows_(allows) {}

    Result<KnownUser, std::string> authenticate(const Credentials& credentials,
                                                const Peer&) const override {
        return recognize(credentials.username);
    }
    Result<KnownUser, std::string> recognize(std::string_view username) const override {
        if (username != user_.username) return fail("not " + user_.username);
        return user_;
    }
    bool allows_vhost(std::string_view, std::string_view) const override { return allows_; }
    bool allows(std::string_view, const Resource&, Permission) const override { return allows_; }
    bool allows_topic(std::string_view, const TopicUse&, Permission) const override {
        return allows_;
    }
    bool restricts_topics(std::string_view, std::string_view, std::string_view) const override {
        return !allows_;
    }

private:
    KnownUser user_;
    bool allows_;
};

const Peer near{.is_loopback = true, .certificate_name = {}};
const Peer far{.is_loopback = false, .certificate_name = {}};

class AccessControlTest : public testing::Test {
protected:
    AccessControl control_over(std::vector<BackendPosition> backends) {
        return AccessControl(users_, {std::move(backends), {"guest"}});
    }
    UserTable users_;
    FixedBackend first_{"a", {"one"}};
    FixedBackend second_{"b", {"two"}};
    FixedBackend forbids_{"a", {"three"}, false};
};

TEST_F(AccessControlTest, login_takes_the_first_backend_that_knows_the_user) {
    const auto control = control_over({{&first_, {}}, {&second_, {}}});
    const auto identity = control.login({"b", "x"}, near);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->authorizers, std::vector<const Backend*>{&second_});
}

TEST_F(AccessControlTest, login_reports_the_last_refusal) {
    const auto control = control_over({{&first_, {}}, {&second_, {}}});
    EXPECT_EQ(control.login({"c", "x"}, near).error(), "not b");
    EXPECT_EQ(control_over({}).login({"c", "x"}, near).error(), "No modules checked 'c'");
}

TEST_F(AccessControlTest, authorizers_add_tags_and_must_know_the_user) {
    const auto control = control_over({{&first_, {&first_, &forbids_}}});
    const auto identity = control.login({"a", "x"}, near);
    ASSERT_TRUE(identity);
    EXPECT_TRUE(identity->has_tag("one"));
    EXPECT_TRUE(identity->has_tag("three"));
    EXPECT_FALSE(identity->has_tag("two"));
    EXPECT_FALSE(control_over({{&first_, {&second_}}}).login({"a", "x"}, near));
}

TEST_F(AccessControlTest, all_authorizers_must_agree) {
    const auto control = control_over({{&first_, {&first_, &forbids_}}});
    const auto identity = control.login({"a", "x"}, near).value();
    EXPECT_FALSE(control.allow_vhost(identity, "/"));
    EXPECT_FALSE(control.allow(identity, {ResourceKind::queue, "/", "q"}, Permission::read));
    EXPECT_FALSE(control.allow_topic(identity, {"/", "e", "k"}, Permission::read));
    EXPECT_TRUE(control.restricts_topics(identity, "/", "e"));
}

TEST_F(AccessControlTest, loopback_user_cannot_come_from_afar) {
    const FixedBackend guests("guest", {});
    auto control = control_over({{&guests, {}}});
    EXPECT_TRUE(control.login({"guest", "x"}, near));
    EXPECT_EQ(control.login({"guest", "x"}, far).error(),
              "user 'guest' can only connect via localhost");
    control.set_loopback_users({});
    EXPECT_TRUE(control.login({"guest", "x"}, far));
}

TEST_F(AccessControlTest, refusals_read_as_in_rabbitmq) {
    const auto control = control_over({{&first_, {&forbids_}}});
    const auto identity = control.login({"a", "x"}, near).value();
    const auto text = [](const AccessDecision& decision) { return decision.error(); };
    EXPECT_EQ(text(control.allow_vhost(identity, "/")), "access to vhost '/' refused for user 'a'");
    EXPECT_EQ(text(control.allow(identity, {ResourceKind::queue, "/", "q"}, Permission::configure)),
              "configure access to queue 'q' in vhost '/' refused for user 'a'");
    EXPECT_EQ(text(control.allow(identity, {ResourceKind::exchange, "/", "e"}, Permission::write)),
              "write access to exchange 'e' in vhost '/' refused for user 'a'");
    EXPECT_EQ(text(control.allow(identity, {ResourceKind::exchange, "/", ""}, Permission::write)),
              "write access to exchange 'amq.default' in vhost '/' refused for user 'a'");
    EXPECT_EQ(text(control.allow_topic(identity, {"/", "e", "k"}, Permission::read)),
              "read access to topic 'k' in exchange 'e' in vhost '/' refused for user 'a'");
    EXPECT_EQ(login_refused_notice("PLAIN"),
              "Login was refused using authentication mechanism PLAIN. For details see the broker "
              "logfile.");
}

TEST_F(AccessControlTest, user_id_must_be_the_publishers_own_unless_it_may_impersonate) {
    const Identity plain{"a", {}, {}};
    const Identity impersonator{"a", {"impersonator"}, {}};
    EXPECT_TRUE(AccessControl::allow_user_id(plain, "a"));
    EXPECT_TRUE(AccessControl::allow_user_id(impersonator, "b"));
    EXPECT_EQ(AccessControl::allow_user_id(plain, "b").error(),
              "user_id property set to 'b' but authenticated user was 'a'");
}

TEST_F(AccessControlTest, version_follows_the_user_table) {
    const auto control = control_over({});
    const auto before = control.version();
    ASSERT_TRUE(users_.apply(PutUser{.name = "u", .password = {}, .tags = {}}));
    EXPECT_NE(control.version(), before);
}

}  // namespace
}  // namespace warren::auth
