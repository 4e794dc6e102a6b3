#include "frame_scanner.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

struct Recorder {
    bool wants_bodies() const { return true; }
    bool on_body(const Content&, std::string_view piece) {
        bodies += piece;
        return true;
    }
    bool on_content(std::uint16_t channel, const Content& content) {
        log += "message " + std::to_string(channel) + " tag " +
               std::to_string(content.delivery_tag) + " of " + std::to_string(content.body_bytes) +
               (content.redelivered ? " again" : "") + (content.returned ? " returned" : "") +
               " [" + bodies + "]\n";
        if (content.body_bytes >= stamped_bytes) {
            EXPECT_EQ(std::string_view(content.start, stamped_bytes),
                      std::string_view(bodies).substr(0, 16));
        }
        bodies.clear();
        return true;
    }
    bool on_method(std::uint16_t channel, Method method, std::string_view) {
        log += method_name(method) + " " + std::to_string(channel) + "\n";
        return method != Method::connection_close;
    }
    std::string log;
    std::string bodies;
};

void add_delivery(std::string& out, std::uint16_t channel, std::uint64_t tag, std::string_view body,
                  std::size_t frame_payload_max) {
    FrameWriter writer(out);
    writer.method(channel, Method::basic_deliver)
        .short_string("tag")
        .u64(tag)
        .u8(tag % 2 == 0 ? 1 : 0);
    writer.short_string("").short_string("queue").end();
    writer.begin(FrameType::header, channel).u16(60).u16(0).u64(body.size()).u16(0).end();
    for (std::size_t at = 0; at < body.size(); at += frame_payload_max) {
        writer.begin(FrameType::body, channel).raw(body.substr(at, frame_payload_max)).end();
    }
}

std::string conversation() {
    std::string out;
    FrameWriter(out).method(1, Method::basic_consume_ok).short_string("tag").end();
    add_delivery(out, 1, 1, "", 10);
    add_delivery(out, 1, 2, "0123456789abcdefXYZ", 7);
    FrameWriter(out).begin(FrameType::heartbeat, 0).end();
    add_delivery(out, 2, 3, "short", 100);
    FrameWriter(out)
        .method(2, Method::basic_return)
        .u16(312)
        .short_string("NO_ROUTE")
        .short_string("")
        .short_string("k")
        .end();
    FrameWriter(out).begin(FrameType::header, 2).u16(60).u16(0).u64(1).u16(0).end();
    FrameWriter(out).begin(FrameType::body, 2).raw("r").end();
    FrameWriter(out).method(2, Method::basic_ack).u64(9).u8(1).end();
    return out;
}

constexpr const char* told =
    "basic.consume-ok 1\n"
    "message 1 tag 1 of 0 []\n"
    "message 1 tag 2 of 19 again [0123456789abcdefXYZ]\n"
    "message 2 tag 3 of 5 [short]\n"
    "message 2 tag 0 of 1 returned [r]\n"
    "basic.ack 2\n";

TEST(frame_scanner, tells_the_same_wherever_the_input_is_cut) {
    const std::string input = conversation();
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        Recorder recorder;
        FrameScanner scanner(recorder, 2);
        std::string buffer = input.substr(0, cut);
        buffer.erase(0, scanner.scan(buffer));
        buffer += input.substr(cut);
        buffer.erase(0, scanner.scan(buffer));
        EXPECT_TRUE(buffer.empty()) << cut;
        EXPECT_EQ(recorder.log, told) << cut;
        EXPECT_FALSE(scanner.stopped());
    }
}

TEST(frame_scanner, tells_the_same_octet_by_octet) {
    Recorder recorder;
    FrameScanner scanner(recorder, 2);
    std::string buffer;
    for (const char octet : conversation()) {
        buffer.push_back(octet);
        buffer.erase(0, scanner.scan(buffer));
    }
    EXPECT_EQ(recorder.log, told);
}

TEST(frame_scanner, stops_when_the_sink_says_so) {
    std::string input;
    FrameWriter(input)
        .method(0, Method::connection_close)
        .u16(320)
        .short_string("bye")
        .u32(0)
        .end();
    add_delivery(input, 1, 1, "x", 10);
    Recorder recorder;
    FrameScanner scanner(recorder, 1);
    scanner.scan(input);
    EXPECT_TRUE(scanner.stopped());
    EXPECT_EQ(scanner.problem(), "");
    EXPECT_EQ(recorder.log, "connection.close 0\n");
}

std::string problem_with(const std::string& input) {
    Recorder recorder;
    FrameScanner scanner(recorder, 1);
    scanner.scan(input);
    EXPECT_TRUE(scanner.stopped());
    return scanner.problem();
}

TEST(frame_scanner, names_what_is_wrong_with_the_bytes) {
    std::string no_end;
    add_delivery(no_end, 1, 1, "body", 10);
    no_end.back() = 'x';
    EXPECT_EQ(problem_with(no_end), "a body without its end octet");

    std::string stray_channel;
    add_delivery(stray_channel, 2, 1, "body", 10);
    EXPECT_EQ(problem_with(stray_channel), "a frame on a channel that was never opened");

    std::string stray_body;
    FrameWriter(stray_body).begin(FrameType::body, 1).raw("x").end();
    EXPECT_EQ(problem_with(stray_body), "a body frame out of turn");

    std::string too_long;
    FrameWriter(too_long)
        .method(1, Method::basic_deliver)
        .short_string("")
        .u64(1)
        .u8(0)
        .short_string("")
        .short_string("")
        .end();
    FrameWriter(too_long).begin(FrameType::header, 1).u16(60).u16(0).u64(2).u16(0).end();
    FrameWriter(too_long).begin(FrameType::body, 1).raw("abc").end();
    EXPECT_EQ(problem_with(too_long), "a body longer than announced");

    std::string two_methods;
    FrameWriter(two_methods)
        .method(1, Method::basic_deliver)
        .short_string("")
        .u64(1)
        .u8(0)
        .short_string("")
        .short_string("")
        .end();
    FrameWriter(two_methods).method(1, Method::basic_ack).u64(1).u8(0).end();
    EXPECT_EQ(problem_with(two_methods), "a method in the middle of a message");
}

}  // namespace
}  // namespace loadgen
