#include "http/definitions/difference.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

constexpr std::string_view file = R"({
  "users": [{"name": "u", "tags": "", "password_hash": "c2FsdA==",
             "hashing_algorithm": "rabbit_password_hashing_sha256"}],
  "vhosts": [{"name": "/"}],
  "permissions": [{"user": "u", "vhost": "/", "configure": "", "write": "", "read": ".*"}],
  "policies": [{"vhost": "/", "name": "p", "pattern": "", "definition": {"max-length": 5}}],
  "queues": [{"name": "q", "vhost": "/", "arguments": {}}],
  "bindings": [{"source": "amq.topic", "vhost": "/", "destination": "q",
                "destination_type": "queue", "routing_key": "k", "arguments": {}}]})";

class DifferenceTest : public testing::Test {
protected:
    DefinitionsDifference difference_to(std::string_view text) {
        const auto definitions = parse_definitions("d.json", text, {topology_, users_});
        EXPECT_TRUE(definitions) << definitions.error().message();
        auto found = difference(*definitions, {topology_, users_});
        EXPECT_TRUE(found) << found.error();
        return std::move(found).value_or(DefinitionsDifference{});
    }
    void import(std::string_view text) {
        struct Nobody final : broker::TopologyObserver {
        } nobody;
        const auto definitions = parse_definitions("d.json", text, {topology_, users_});
        for (const auto& [label, command] : definitions->commands) {
            if (const auto* change = std::get_if<broker::TopologyCommand>(&command))
                EXPECT_TRUE(topology_.apply(*change, nobody)) << label;
            else
                EXPECT_TRUE(users_.apply(std::get<auth::UserCommand>(command))) << label;
        }
    }

    broker::Topology topology_;
    auth::UserTable users_;
};

TEST_F(DifferenceTest, everything_is_new_to_an_empty_node_and_nothing_has_happened) {
    const auto found = difference_to(file);
    EXPECT_EQ(found.text(),
              "+ user 'u'\n"
              "+ vhost '/'\n"
              "+ permissions of user 'u' in vhost '/'\n"
              "+ policy 'p' in vhost '/'\n"
              "+ queue 'q' in vhost '/'\n"
              "+ binding from 'amq.topic' to 'q' in vhost '/'\n");
    EXPECT_EQ(topology_.find_vhost("/"), nullptr);
}

TEST_F(DifferenceTest, an_import_leaves_nothing_to_do) {
    import(file);
    const auto found = difference_to(file);
    EXPECT_EQ(found.text(), "");
    EXPECT_EQ(found.unchanged.size(), 6u);
}

TEST_F(DifferenceTest, what_would_be_another_is_told_apart) {
    import(file);
    std::string other(file);
    other.replace(other.find("\"max-length\": 5"), 15, "\"max-length\": 6");
    other.replace(other.find("\"read\": \".*\""), 12, "\"read\": \"a*\"");
    EXPECT_EQ(difference_to(other).text(),
              "~ permissions of user 'u' in vhost '/'\n"
              "~ policy 'p' in vhost '/'\n");
}

TEST_F(DifferenceTest, what_would_be_refused_is_named) {
    const auto definitions = parse_definitions("d.json",
                                               R"({"vhosts": [{"name": "/"}],
          "parameters": [{"component": "vhost-limits", "name": "limits", "vhost": "/",
                          "value": {"max-queues": 0}}],
          "queues": [{"name": "q", "vhost": "/", "arguments": {}}]})",
                                               {topology_, users_});
    ASSERT_TRUE(definitions) << definitions.error().message();
    const auto found = difference(*definitions, {topology_, users_});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(),
              "queue 'q' in vhost '/': cannot declare queue 'q': queue limit in vhost '/' (0) is "
              "reached");
}

TEST_F(DifferenceTest, what_a_new_vhost_begins_with_counts) {
    ExistingObjects existing{topology_, users_};
    existing.vhost_defaults = [](const broker::CreateVhost& made) {
        return std::vector<cluster::MetadataCommand>{broker::TopologyCommand{broker::UpdateVhost{
            .name = made.name, .limits = broker::VhostLimits{.queues_max = 1}}}};
    };
    const auto definitions = parse_definitions("d.json",
                                               R"({"vhosts": [{"name": "v"}],
          "queues": [{"name": "q1", "vhost": "v", "arguments": {}},
                     {"name": "q2", "vhost": "v", "arguments": {}}]})",
                                               existing);
    ASSERT_TRUE(definitions) << definitions.error().message();
    const auto found = difference(*definitions, existing);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(),
              "queue 'q2' in vhost 'v': cannot declare queue 'q2': queue limit in vhost 'v' (1) is "
              "reached");
}

}  // namespace
}  // namespace warren::http
