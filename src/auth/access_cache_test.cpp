#include "auth/access_cache.h"

#include <gtest/gtest.h>

namespace warren::auth {
namespace {

// Counts questions; allows names and routing keys that start with "ok".
class CountingBackend final : public Backend {
public:
    Result<KnownUser, std::string> authenticate(const Credentials& credentials,
                                                const Peer&) const override {
        return KnownUser{credentials.username, {}};
    }
    Result<KnownUser, std::string> recognize(std::string_view username) const override {
        return KnownUser{std::string(username), {}};
    }
    bool allows_vhost(std::string_view, std::string_view) const override { return true; }
    bool allows(std::string_view, const Resource& resource, Permission) const override {
        ++questions;
        return resource.name.starts_with("ok");
    }
    bool allows_topic(std::string_view, const TopicUse& use, Permission) const override {
        ++questions;
        return use.routing_key.starts_with("ok");
    }
    bool restricts_topics(std::string_view, std::string_view,
                          std::string_view exchange) const override {
        ++questions;
        return exchange == "restricted";
    }

    mutable int questions = 0;
};

class AccessCacheTest : public testing::Test {
protected:
    bool allow(std::string_view name, Permission permission = Permission::write,
               ResourceKind kind = ResourceKind::exchange) {
        return cache_.allow(control_, identity_, {kind, "/", name}, permission).has_value();
    }
    bool allow_topic(std::string_view exchange, std::string_view key,
                     Permission permission = Permission::write) {
        return cache_.allow_topic(control_, identity_, {"/", exchange, key}, permission)
            .has_value();
    }
    // Questions asked while `work` runs.
    template <typename Work>
    int questions(Work&& work) {
        backend_.questions = 0;
        work();
        return backend_.questions;
    }

    UserTable users_;
    CountingBackend backend_;
    AccessControl control_{users_, {{{&backend_, {}}}, {}}};
    Identity identity_{"u", {}, {&backend_}};
    AccessCache cache_;
};

TEST_F(AccessCacheTest, asks_once_for_the_same_permission) {
    EXPECT_EQ(questions([&] {
                  for (int i = 0; i < 100; ++i)
                      EXPECT_TRUE(allow("ok"));
              }),
              1);
}

TEST_F(AccessCacheTest, tells_names_kinds_and_permissions_apart) {
    EXPECT_EQ(questions([&] {
                  allow("ok");
                  allow("ok2");
                  allow("ok", Permission::read);
                  allow("ok", Permission::write, ResourceKind::queue);
                  allow_topic("ok", "");
              }),
              5);
}

TEST_F(AccessCacheTest, remembers_no_refusal) {
    EXPECT_EQ(questions([&] {
                  EXPECT_FALSE(allow("no"));
                  EXPECT_FALSE(allow("no"));
              }),
              2);
}

TEST_F(AccessCacheTest, forgets_everything_when_the_users_change) {
    allow("ok");
    allow_topic("restricted", "ok");
    ASSERT_TRUE(users_.apply(PutUser{.name = "u", .password = {}, .tags = {}}));
    EXPECT_EQ(questions([&] { allow("ok"); }), 1);
    EXPECT_EQ(questions([&] { allow_topic("restricted", "ok"); }), 2);
}

TEST_F(AccessCacheTest, forgets_everything_when_told_to) {
    allow("ok");
    cache_.clear();
    EXPECT_EQ(questions([&] { allow("ok"); }), 1);
}

TEST_F(AccessCacheTest, keeps_the_newest_entries_and_drops_the_oldest) {
    for (std::size_t i = 0; i <= AccessCache::entries_max; ++i)
        allow("ok" + std::to_string(i));
    EXPECT_EQ(questions([&] {
                  for (std::size_t i = 1; i <= AccessCache::entries_max; ++i)
                      allow("ok" + std::to_string(i));
              }),
              0);
    EXPECT_EQ(questions([&] { allow("ok0"); }), 1);
}

TEST_F(AccessCacheTest, asks_once_about_an_exchange_without_topic_permissions) {
    EXPECT_EQ(questions([&] {
                  for (int i = 0; i < 100; ++i)
                      EXPECT_TRUE(allow_topic("free", std::to_string(i)));
              }),
              1);
}

TEST_F(AccessCacheTest, asks_about_each_routing_key_of_a_restricted_exchange) {
    EXPECT_TRUE(allow_topic("restricted", "ok"));
    EXPECT_FALSE(allow_topic("restricted", "no"));
    EXPECT_EQ(questions([&] { EXPECT_TRUE(allow_topic("restricted", "ok")); }), 0);
    EXPECT_NE(questions([&] { EXPECT_TRUE(allow_topic("restricted", "ok", Permission::read)); }),
              0);
}

}  // namespace
}  // namespace warren::auth
