#include "net/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace warren::net {
namespace {

using namespace std::string_literals;

const std::string v2_start = "\r\n\r\n\0\r\nQUIT\n"s;

std::string v2(char version_and_command, char family, const std::string& body) {
    return v2_start + version_and_command + family + static_cast<char>(body.size() >> 8) +
           static_cast<char>(body.size()) + body;
}

const std::string ipv4_body = "\xc0\x00\x02\x01\x0a\x00\x00\x02\x9c\x40\x16\x28"s;

TEST(proxy_header, reads_the_addresses_of_version_1) {
    const auto header =
        parse_proxy_header(as_bytes("PROXY TCP4 192.0.2.1 10.0.0.2 40000 5672\r\nAMQP"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->bytes, 42u);
    EXPECT_EQ(header->source, (SocketAddress{"192.0.2.1", 40000}));
    EXPECT_EQ(header->destination, (SocketAddress{"10.0.0.2", 5672}));
}

TEST(proxy_header, reads_ipv6_in_version_1) {
    const auto header = parse_proxy_header(as_bytes("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->source, (SocketAddress{"2001:db8::1", 1}));
    EXPECT_EQ(header->destination, (SocketAddress{"::1", 65535}));
}

TEST(proxy_header, unknown_leaves_the_addresses_of_the_socket) {
    for (const char* line : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 ::1 1 2\r\n"}) {
        const auto header = parse_proxy_header(as_bytes(line));
        ASSERT_TRUE(header.has_value());
        EXPECT_EQ(header->bytes, std::string(line).size());
        EXPECT_FALSE(header->source.has_value());
    }
}

TEST(proxy_header, reads_the_addresses_of_version_2) {
    const auto header = parse_proxy_header(as_bytes(v2(0x21, 0x11, ipv4_body) + "AMQP"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->bytes, 28u);
    EXPECT_EQ(header->source, (SocketAddress{"192.0.2.1", 40000}));
    EXPECT_EQ(header->destination, (SocketAddress{"10.0.0.2", 5672}));
}

TEST(proxy_header, reads_ipv6_and_skips_extensions_in_version_2) {
    const std::string address_1 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01";
    const std::string address_2 = std::string(15, '\0') + "\x01";
    const auto header = parse_proxy_header(
        as_bytes(v2(0x21, 0x21, address_1 + address_2 + "\x00\x01\x00\x02"s + "\x04\x00\x01z"s)));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->bytes, 56u);
    EXPECT_EQ(header->source, (SocketAddress{"2001:db8::1", 1}));
    EXPECT_EQ(header->destination, (SocketAddress{"::1", 2}));
}

TEST(proxy_header, local_and_other_families_of_version_2_leave_the_addresses_of_the_socket) {
    for (const auto& text : {v2(0x20, 0x00, ""), v2(0x20, 0x11, ipv4_body), v2(0x21, 0x31, ""),
                             v2(0x21, 0x12, ipv4_body)}) {
        const auto header = parse_proxy_header(as_bytes(text));
        ASSERT_TRUE(header.has_value());
        EXPECT_EQ(header->bytes, text.size());
        EXPECT_FALSE(header->source.has_value());
    }
}

TEST(proxy_header, asks_for_more_wherever_it_is_cut) {
    for (const std::string& whole :
         {"PROXY TCP4 192.0.2.1 10.0.0.2 40000 5672\r\n"s, v2(0x21, 0x11, ipv4_body)}) {
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            const auto header = parse_proxy_header(as_bytes(whole.substr(0, cut)));
            ASSERT_TRUE(header.has_value()) << cut;
            EXPECT_EQ(header->bytes, 0u) << cut;
        }
        EXPECT_EQ(parse_proxy_header(as_bytes(whole))->bytes, whole.size());
    }
}

TEST(proxy_header, refuses_what_it_does_not_understand) {
    for (const std::string& text :
         {"AMQP\0\0\x09\x01"s, "PROXY TCP4 192.0.2.1 10.0.0.2 40000\r\n"s,
          "PROXY TCP4 192.0.2.1 10.0.0.2 40000 5672 1\r\n"s,
          "PROXY TCP4  192.0.2.1 10.0.0.2 40000 5672\r\n"s,
          "PROXY TCP4 192.0.2.1 10.0.0.2 40000 65536\r\n"s,
          "PROXY TCP4 192.0.2.1 10.0.0.2 040 5672\r\n"s, "PROXY TCP4 ::1 10.0.0.2 40000 5672\r\n"s,
          "PROXY TCP6 192.0.2.1 ::1 40000 5672\r\n"s,
          "PROXY TCP4 192.0.2.999 10.0.0.2 40000 5672\r\n"s,
          "PROXY UDP4 192.0.2.1 10.0.0.2 40000 5672\r\n"s, "PROXY TCP4 " + std::string(100, '1'),
          v2(0x11, 0x11, ipv4_body), v2(0x22, 0x11, ipv4_body), v2(0x21, 0x11, ipv4_body.substr(1)),
          v2_start + "\x21\x11\xff\xff"s})
        EXPECT_FALSE(parse_proxy_header(as_bytes(text)).has_value()) << text;
}

}  // namespace
}  // namespace warren::net
