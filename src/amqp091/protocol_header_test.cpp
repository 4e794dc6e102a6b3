#include "amqp091/protocol_header.h"

#include <gtest/gtest.h>

#include "amqp091/codec_test_support.h"

namespace warren::amqp091 {
namespace {

using namespace test;

ProtocolHeader recognise(std::string_view text) {
    return recognise_protocol(as_bytes(text));
}

std::string refusal_of(std::string_view text) {
    const auto header = refusal_header(as_bytes(text));
    return std::string(as_text(ByteView(header)));
}

TEST(ProtocolHeader, tells_the_protocols_of_the_port_apart) {
    EXPECT_EQ(recognise("AMQP\0\0\x09\x01"_bytes), ProtocolHeader::amqp_0_9_1);
    EXPECT_EQ(recognise("AMQP\x01\x01\0\x09"_bytes), ProtocolHeader::amqp_0_9_1);
    EXPECT_EQ(recognise("AMQP\0\x01\0\0"_bytes), ProtocolHeader::amqp_1_0);
    EXPECT_EQ(recognise("AMQP\x02\x01\0\0"_bytes), ProtocolHeader::amqp_1_0_tls);
    EXPECT_EQ(recognise("AMQP\x03\x01\0\0"_bytes), ProtocolHeader::amqp_1_0_sasl);
    EXPECT_EQ(recognise("AMQP\x01\x01\x08\0"_bytes), ProtocolHeader::other_version);
    EXPECT_EQ(recognise("GET / HTTP/1.1\r\n"), ProtocolHeader::http_request);
    EXPECT_EQ(recognise("\x16\x03\x01\x02\0\x01\0\x01"_bytes), ProtocolHeader::tls_hello);
    EXPECT_EQ(recognise("SSH-2.0-"), ProtocolHeader::unknown);
}

TEST(ProtocolHeader, waits_for_eight_bytes) {
    const auto header = "AMQP\0\0\x09\x01"_bytes;
    for (std::size_t bytes = 0; bytes < header.size(); ++bytes)
        EXPECT_EQ(recognise(std::string_view(header).substr(0, bytes)), ProtocolHeader::incomplete);
}

TEST(ProtocolHeader, looks_at_eight_bytes_only) {
    EXPECT_EQ(recognise("AMQP\0\0\x09\x01\x01\0\0"_bytes), ProtocolHeader::amqp_0_9_1);
}

TEST(ProtocolHeader, later_0_x_is_offered_0_9_1_and_all_others_sasl_1_0) {
    const auto offer_0_9_1 = "AMQP\0\0\x09\x01"_bytes;
    const auto offer_sasl = "AMQP\x03\x01\0\0"_bytes;
    EXPECT_EQ(refusal_of("AMQP\0\0\x09\x02"_bytes), offer_0_9_1);
    EXPECT_EQ(refusal_of("AMQP\0\0\x0a\0"_bytes), offer_0_9_1);
    EXPECT_EQ(refusal_of("AMQP\x01\x01\x08\0"_bytes), offer_sasl);
    EXPECT_EQ(refusal_of("AMQP\0\x01\0\0"_bytes), offer_sasl);
    EXPECT_EQ(refusal_of("GET / HT"), offer_sasl);
}

}  // namespace
}  // namespace warren::amqp091
