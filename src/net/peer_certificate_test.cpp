#include "net/peer_certificate.h"

#include <gtest/gtest.h>

#include "net/test_certificates.h"

namespace warren::net {
namespace {

PeerCertificate describe(const TestCertificateSpec& spec) {
    return describe_certificate(make_certificate(spec).certificate.get());
}

std::string subject_of(std::vector<std::pair<std::string, std::string>> subject) {
    return describe({.subject = std::move(subject), .alternative_names = ""}).subject;
}

TEST(peer_certificate, writes_the_subject_last_component_first) {
    EXPECT_EQ(subject_of({{"C", "DE"}, {"O", "Acme"}, {"OU", "Broker"}, {"CN", "client"}}),
              "CN=client,OU=Broker,O=Acme,C=DE");
}

TEST(peer_certificate, joins_the_attributes_of_one_component_by_plus) {
    EXPECT_EQ(subject_of({{"O", "Acme"}, {"CN", "client"}, {"+UID", "7"}}),
              "CN=client+UID=7,O=Acme");
}

TEST(peer_certificate, uses_rabbitmq_s_names_of_attributes) {
    EXPECT_EQ(subject_of({{"DC", "org"},
                          {"SN", "Doe"},
                          {"GN", "Jo"},
                          {"emailAddress", "jo@acme.org"},
                          {"street", "Main"}}),
              "STREET=Main,EMAILADDRESS=jo@acme.org,GIVENNAME=Jo,SN=Doe,DC=org");
}

TEST(peer_certificate, writes_unknown_attributes_as_numbers) {
    EXPECT_EQ(subject_of({{"dnQualifier", "x"}}), "2.5.4.46=x");
}

TEST(peer_certificate, escapes_after_rfc_4514) {
    EXPECT_EQ(subject_of({{"CN", "a,b+c\"d\\e<f>g;h"}}), "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h");
    EXPECT_EQ(subject_of({{"CN", "#a b "}}), "CN=\\#a b\\ ");
    EXPECT_EQ(subject_of({{"CN", " a"}}), "CN=\\ a");
    EXPECT_EQ(subject_of({{"CN", "M\xc3\xbcller"}}), "CN=M\\C3\\BCller");
}

TEST(peer_certificate, lists_common_and_alternative_names_in_order) {
    const auto certificate =
        describe({.subject = {{"CN", "first"}, {"O", "Acme"}, {"CN", "second"}},
                  .alternative_names = "DNS:a.example,email:me@example,URI:urn:x,IP:127.0.0.1,"
                                       "DNS:b.example,otherName:1.2.3.4;UTF8:somebody"});
    EXPECT_EQ(certificate.common_names, (std::vector<std::string>{"first", "second"}));
    using Kind = AlternativeNameKind;
    EXPECT_EQ(certificate.alternative_names,
              (std::vector<AlternativeName>{{Kind::dns, "a.example"},
                                            {Kind::email, "me@example"},
                                            {Kind::uri, "urn:x"},
                                            {Kind::ip, "127.0.0.1"},
                                            {Kind::dns, "b.example"},
                                            {Kind::other_name, "somebody"}}));
}

TEST(peer_certificate, names_issuer_and_validity) {
    const auto ca =
        make_certificate({.subject = {{"CN", "the CA"}}, .alternative_names = "", .is_ca = true});
    const auto leaf = make_certificate({.subject = {{"CN", "leaf"}}, .alternative_names = ""}, &ca);
    const auto certificate = describe_certificate(leaf.certificate.get());
    EXPECT_EQ(certificate.issuer, "CN=the CA");
    EXPECT_EQ(certificate.validity.size(), std::string("2024-01-01T00:00:00Z").size() * 2 + 3);
    EXPECT_TRUE(certificate.validity.starts_with("20"));
}

}  // namespace
}  // namespace warren::net
