#include <gtest/gtest.h>

#include "auth/sasl/registry.h"

namespace warren::auth {
namespace {

using namespace std::string_literals;

const Peer plain_peer{.is_loopback = true, .certificate_name = {}};
const Peer tls_peer{.is_tls = true, .certificate_name = {}};
const Peer certified_peer{.is_tls = true, .has_certificate = true, .certificate_name = "cn-user"};

SaslRegistry registry_of_all() {
    return SaslRegistry(
        {.mechanisms = {"PLAIN", "AMQPLAIN", "EXTERNAL", "ANONYMOUS", "RABBIT-CR-DEMO"},
         .anonymous = Credentials{"guest", "guest"}});
}

SaslStep respond(std::string_view name, std::string_view response, const Peer& peer = plain_peer) {
    auto mechanism = registry_of_all().begin(name, peer);
    EXPECT_TRUE(mechanism) << name;
    return (*mechanism)->respond(as_bytes(response));
}

void expect_login(const SaslStep& step, std::string_view username, std::string_view password) {
    const auto* credentials = std::get_if<Credentials>(&step);
    ASSERT_NE(credentials, nullptr);
    EXPECT_EQ(credentials->username, username);
    EXPECT_EQ(credentials->password, password);
}

std::string malformed_text(const SaslStep& step) {
    const auto* malformed = std::get_if<MalformedResponse>(&step);
    return malformed == nullptr ? "well-formed" : malformed->text;
}

// A table entry with a value of type `type`, whose bytes follow a four-byte length.
std::string entry(std::string_view name, char type, std::string_view value) {
    std::string text;
    ByteWriter writer(text);
    writer.short_string(name);
    writer.u8(static_cast<std::uint8_t>(type));
    writer.long_string(value);
    return text;
}

TEST(SaslRegistry, offers_what_is_configured_in_that_order) {
    EXPECT_EQ(SaslRegistry({}).offered(plain_peer), "PLAIN AMQPLAIN");
    EXPECT_EQ(
        SaslRegistry({.mechanisms = {"AMQPLAIN", "PLAIN"}, .anonymous = {}}).offered(tls_peer),
        "AMQPLAIN PLAIN");
}

TEST(SaslRegistry, offers_external_to_tls_peers_and_anonymous_with_a_user_only) {
    const SaslSettings settings{.mechanisms = {"EXTERNAL", "ANONYMOUS", "PLAIN"}, .anonymous = {}};
    EXPECT_EQ(SaslRegistry(settings).offered(plain_peer), "PLAIN");
    EXPECT_EQ(SaslRegistry(settings).offered(tls_peer), "EXTERNAL PLAIN");
    EXPECT_EQ(registry_of_all().offered(plain_peer), "PLAIN AMQPLAIN ANONYMOUS RABBIT-CR-DEMO");
}

TEST(SaslRegistry, refuses_mechanisms_in_rabbitmqs_words) {
    EXPECT_EQ(SaslRegistry({}).begin("NOPE", plain_peer).error(),
              "unknown authentication mechanism 'NOPE'");
    EXPECT_EQ(SaslRegistry({}).begin("plain", plain_peer).error(),
              "unknown authentication mechanism 'plain'");
    EXPECT_EQ(SaslRegistry({}).begin("RABBIT-CR-DEMO", plain_peer).error(),
              "invalid authentication mechanism 'RABBIT-CR-DEMO'");
    EXPECT_EQ(registry_of_all().begin("EXTERNAL", plain_peer).error(),
              "invalid authentication mechanism 'EXTERNAL'");
}

TEST(Plain, takes_user_and_password_of_any_bytes) {
    expect_login(respond("PLAIN", "\0guest\0secret"s), "guest", "secret");
    expect_login(respond("PLAIN", "\0u\0\xff\xfe"s), "u", "\xff\xfe");
    expect_login(respond("PLAIN", "\0u\0"s), "u", "");
    expect_login(respond("PLAIN", "\0\0"s), "", "");
}

TEST(Plain, refuses_responses_without_exactly_two_leading_nuls) {
    for (const auto& response : {""s, "\0"s, "\0guest"s, "guest\0guest"s, "z\0guest\0guest"s,
                                 "\0guest\0guest\0"s, "\0\0\0"s})
        EXPECT_NE(malformed_text(respond("PLAIN", response)), "well-formed");
}

TEST(Plain, never_repeats_a_password_in_its_fault) {
    EXPECT_EQ(malformed_text(respond("PLAIN", "\0guest\0secret\0"s)).find("secret"),
              std::string::npos);
}

TEST(Amqplain, takes_login_and_password_in_any_order) {
    const auto login = entry("LOGIN", 'S', "guest");
    const auto password = entry("PASSWORD", 'S', "secret");
    const auto other = entry("OTHER", 'S', "x");
    expect_login(respond("AMQPLAIN", login + password), "guest", "secret");
    expect_login(respond("AMQPLAIN", password + other + login), "guest", "secret");
    expect_login(respond("AMQPLAIN", login + entry("PASSWORD", 'x', "\xff"s)), "guest", "\xff");
}

TEST(Amqplain, names_what_is_missing_or_mistyped) {
    EXPECT_EQ(malformed_text(respond("AMQPLAIN", "")),
              "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
    EXPECT_EQ(malformed_text(respond("AMQPLAIN", entry("LOGIN", 'S', "guest"))),
              "AMQPLAIN auth info is missing LOGIN or PASSWORD field");
    EXPECT_EQ(
        malformed_text(respond("AMQPLAIN", "\x05LOGINI\0\0\0\1"s + entry("PASSWORD", 'S', "x"))),
        "AMQPLAIN auth info uses unsupported type for LOGIN or PASSWORD field");
}

TEST(Amqplain, refuses_a_table_that_is_cut_anywhere) {
    const auto whole = entry("LOGIN", 'S', "guest") + entry("PASSWORD", 'S', "secret");
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
        EXPECT_NE(malformed_text(respond("AMQPLAIN", whole.substr(0, bytes))), "well-formed");
}

TEST(External, takes_the_name_in_the_certificate_and_ignores_the_response) {
    const auto step = respond("EXTERNAL", "somebody else", certified_peer);
    ASSERT_TRUE(std::holds_alternative<Credentials>(step));
    EXPECT_EQ(std::get<Credentials>(step).username, "cn-user");
    EXPECT_FALSE(std::get<Credentials>(step).password);
}

TEST(External, says_what_is_wrong_with_the_certificate) {
    EXPECT_EQ(std::get<LoginRefused>(respond("EXTERNAL", "", tls_peer)).text,
              "connection peer presented no TLS (x.509) certificate");
    Peer nameless = certified_peer;
    nameless.certificate_name.clear();
    EXPECT_EQ(std::get<LoginRefused>(respond("EXTERNAL", "", nameless)).text, "no name found");
}

TEST(Anonymous, becomes_the_configured_user) {
    expect_login(respond("ANONYMOUS", "trace"), "guest", "guest");
}

TEST(RabbitCrDemo, asks_for_the_password_after_the_name) {
    auto mechanism = registry_of_all().begin("RABBIT-CR-DEMO", plain_peer).value();
    const auto first = mechanism->respond(as_bytes("guest"));
    ASSERT_TRUE(std::holds_alternative<Challenge>(first));
    EXPECT_EQ(std::get<Challenge>(first).bytes, "Please tell me your password");
    expect_login(mechanism->respond(as_bytes("My password is secret")), "guest", "secret");
}

TEST(RabbitCrDemo, refuses_an_answer_in_other_words) {
    auto mechanism = registry_of_all().begin("RABBIT-CR-DEMO", plain_peer).value();
    std::ignore = mechanism->respond(as_bytes(""));
    EXPECT_NE(malformed_text(mechanism->respond(as_bytes("secret"))), "well-formed");
}

}  // namespace
}  // namespace warren::auth
