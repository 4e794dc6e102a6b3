#include "auth/link/link_handshake.h"

#include <gtest/gtest.h>

#include "auth/link/link_format.h"

namespace warren::auth {
namespace {

using Role = LinkHandshake::Role;
using State = LinkHandshake::State;
using Fault = LinkHandshake::Fault;

// Other numbers for each seed; the same ones again for the same seed.
LinkEntropy entropy_of(int seed) {
    LinkEntropy entropy;
    entropy.nonce.fill(static_cast<std::byte>(seed));
    entropy.private_key.fill(static_cast<std::byte>(seed + 100));
    return entropy;
}

LinkHandshake::Setting client_setting(std::string cookie = "monster") {
    return {Role::client, std::move(cookie), "rabbit@there", ""};
}
LinkHandshake::Setting node_setting(std::string cookie = "monster") {
    return {Role::node, std::move(cookie), "rabbit@there", ""};
}

// Two ends and what has been sent between them.
struct Link {
    Link(LinkHandshake::Setting client_side, LinkHandshake::Setting node_side, int seed = 1)
        : client(std::move(client_side), entropy_of(seed)),
          node(std::move(node_side), entropy_of(seed + 1)) {
        client.begin(sent_by_client);
        node.begin(sent_by_node);
    }

    void pass_to_node() {
        taken_by_node +=
            node.on_bytes(as_bytes(sent_by_client).subspan(taken_by_node), sent_by_node);
    }
    void pass_to_client() {
        taken_by_client +=
            client.on_bytes(as_bytes(sent_by_node).subspan(taken_by_client), sent_by_client);
    }
    void run() {
        for (int round = 0; round < 3; ++round) {
            pass_to_node();
            pass_to_client();
        }
    }

    LinkHandshake client;
    LinkHandshake node;
    std::string sent_by_client;
    std::string sent_by_node;
    std::size_t taken_by_client = 0;
    std::size_t taken_by_node = 0;
};

TEST(LinkHandshake, two_sides_with_one_cookie_agree) {
    Link link(client_setting(), node_setting());
    link.run();
    EXPECT_EQ(link.client.state(), State::done);
    EXPECT_EQ(link.node.state(), State::done);
    EXPECT_EQ(link.client.node_name(), "rabbit@there");
    EXPECT_EQ(link.client.keys().from_client, link.node.keys().from_client);
    EXPECT_EQ(link.client.keys().from_node, link.node.keys().from_node);
    EXPECT_NE(link.client.keys().from_client, link.client.keys().from_node);
    EXPECT_EQ(link.sent_by_client.find("monster"), std::string::npos);
}

TEST(LinkHandshake, each_link_has_keys_of_its_own) {
    Link one(client_setting(), node_setting(), 1);
    Link other(client_setting(), node_setting(), 7);
    one.run();
    other.run();
    EXPECT_NE(one.client.keys().from_client, other.client.keys().from_client);
}

TEST(LinkHandshake, another_cookie_is_refused_by_the_node) {
    Link link(client_setting("guess"), node_setting());
    link.run();
    EXPECT_EQ(link.node.fault(), Fault::wrong_cookie);
    EXPECT_EQ(link.client.fault(), Fault::refused);
}

TEST(LinkHandshake, a_node_that_only_says_yes_is_not_believed) {
    Link link(client_setting(), node_setting("another"));
    link.pass_to_node();
    link.pass_to_client();
    std::string output;
    link.client.on_bytes(as_bytes(std::string("\0\x21\x01", 3) + std::string(32, 'x')), output);
    EXPECT_EQ(link.client.fault(), Fault::wrong_cookie);
}

TEST(LinkHandshake, the_proof_of_another_link_is_worth_nothing) {
    Link recorded(client_setting(), node_setting(), 1);
    recorded.run();
    LinkHandshake node(node_setting(), entropy_of(40));
    std::string answer;
    node.on_bytes(as_bytes(recorded.sent_by_client), answer);
    EXPECT_EQ(node.fault(), Fault::wrong_cookie);
}

TEST(LinkHandshake, a_node_of_another_name_learns_nothing) {
    auto node = node_setting();
    node.node_name = "hare@there";
    Link link(client_setting(), node);
    const std::size_t hello = link.sent_by_client.size();
    link.run();
    EXPECT_EQ(link.client.fault(), Fault::other_node);
    EXPECT_EQ(link.client.node_name(), "hare@there");
    EXPECT_EQ(link.sent_by_client.size(), hello);
}

TEST(LinkHandshake, somebody_between_two_tls_connections_is_noticed) {
    auto client = client_setting();
    client.channel_binding = "one";
    auto node = node_setting();
    node.channel_binding = "other";
    Link link(client, node);
    link.run();
    EXPECT_EQ(link.node.fault(), Fault::wrong_cookie);
}

TEST(LinkHandshake, any_cut_of_the_bytes_gives_the_same) {
    Link link(client_setting(), node_setting());
    for (int round = 0; round < 2; ++round) {
        while (link.taken_by_node < link.sent_by_client.size()) {
            std::string waiting;
            for (const char byte : link.sent_by_client.substr(link.taken_by_node)) {
                waiting += byte;
                const auto taken = link.node.on_bytes(as_bytes(waiting), link.sent_by_node);
                link.taken_by_node += taken;
                waiting.erase(0, taken);
            }
        }
        link.pass_to_client();
    }
    EXPECT_EQ(link.client.state(), State::done);
    EXPECT_EQ(link.node.state(), State::done);
}

TEST(LinkHandshake, what_follows_is_left_alone) {
    Link link(client_setting(), node_setting());
    link.pass_to_node();
    link.pass_to_client();
    link.sent_by_client += "frames";
    link.pass_to_node();
    EXPECT_EQ(link.node.state(), State::done);
    EXPECT_EQ(link.taken_by_node, link.sent_by_client.size() - 6);
}

TEST(LinkHandshake, no_byte_of_it_can_be_changed) {
    Link whole(client_setting(), node_setting());
    whole.run();
    for (std::size_t at = 0; at < whole.sent_by_client.size(); ++at) {
        LinkHandshake node(node_setting(), entropy_of(2));
        std::string changed = whole.sent_by_client;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        std::string answer;
        node.on_bytes(as_bytes(changed), answer);
        EXPECT_NE(node.state(), State::done) << at;
    }
    for (std::size_t at = 0; at < whole.sent_by_node.size(); ++at) {
        LinkHandshake client(client_setting(), entropy_of(1));
        std::string changed = whole.sent_by_node;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        std::string answer;
        client.begin(answer);
        client.on_bytes(as_bytes(changed), answer);
        EXPECT_NE(client.state(), State::done) << at;
    }
}

Fault node_fault_of(std::string_view input) {
    LinkHandshake node(node_setting(), entropy_of(2));
    std::string answer;
    node.on_bytes(as_bytes(input), answer);
    EXPECT_EQ(answer, "");
    return node.fault();
}

TEST(LinkHandshake, what_is_no_handshake_gets_no_answer) {
    EXPECT_EQ(node_fault_of("GET / HTTP/1.1\r\n\r\n"), Fault::malformed);
    EXPECT_EQ(node_fault_of(std::string_view("AMQP\0\0\x09\x01", 8)), Fault::malformed);
    EXPECT_EQ(node_fault_of(std::string_view("\0\0", 2)), Fault::malformed);
    EXPECT_EQ(node_fault_of(std::string_view("\xff\xff", 2)), Fault::malformed);
    EXPECT_EQ(node_fault_of("\0"), Fault::none);
}

TEST(LinkHandshake, other_versions_and_purposes_are_told_apart) {
    Link link(client_setting(), node_setting());
    constexpr std::size_t version_at = 8;
    for (const std::size_t at : {version_at, version_at + 1}) {
        std::string hello = link.sent_by_client;
        hello[at] = 9;
        EXPECT_EQ(node_fault_of(hello), Fault::other_version);
    }
}

TEST(LinkHandshake, a_public_key_that_makes_secrets_known_is_refused) {
    Link link(client_setting(), node_setting());
    std::string hello = link.sent_by_client;
    hello.replace(hello.size() - link_format::key_bytes, link_format::key_bytes,
                  std::string(link_format::key_bytes, '\0'));
    EXPECT_EQ(node_fault_of(hello), Fault::malformed);
}

TEST(LinkHandshake, fresh_numbers_are_never_the_same) {
    const auto one = fresh_link_entropy();
    const auto other = fresh_link_entropy();
    ASSERT_TRUE(one && other);
    EXPECT_NE(one->nonce, other->nonce);
    EXPECT_NE(one->private_key, other->private_key);
}

}  // namespace
}  // namespace warren::auth
