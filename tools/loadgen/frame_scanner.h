#pragma once
// Reads what a broker sends, in place: method and header frames are looked at where they lie in the
// read buffer, bodies are walked over, and a body may be cut by the end of the buffer anywhere. No
// copy but the first 16 octets of a body, no allocation after the channel table.
//
// The Sink is told, in the order of arrival (returning false stops the scan):
//   bool on_content(std::uint16_t channel, const Content&)      a message is complete
//   bool on_method(std::uint16_t channel, Method, std::string_view arguments)   any method but
//   deliver and return bool on_body(const Content&, std::string_view piece)        a piece of a
//   body, if Sink::wants_bodies()
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "publish_ring.h"
#include "wire.h"

namespace loadgen {

// A message on its way in on one channel.
struct Content {
    enum class Awaits : std::uint8_t { method, header, body };

    std::uint64_t delivery_tag = 0;
    std::uint64_t body_bytes = 0;
    std::uint64_t received_bytes = 0;
    Awaits awaits = Awaits::method;
    bool redelivered = false;
    bool returned = false;
    char start[stamped_bytes] = {};  // the body's first octets, as many as there are

    std::uint64_t identity() const { return load_big<std::uint64_t>(start); }
    Nanos stamp() const { return load_big<std::uint64_t>(start + identity_bytes); }
};

template <typename Sink>
class FrameScanner {
public:
    FrameScanner(Sink& sink, std::size_t channel_max) : sink_(sink), contents_(channel_max + 1) {}

    // Reads as many frames as are whole (and bodies as far as they go). Returns how many bytes were
    // used up; the caller presents the rest again with more behind it. After a problem the scanner
    // stays where it was.
    std::size_t scan(std::string_view input) {
        const char* at = input.data();
        const char* const end = at + input.size();
        while (at < end && !stopped_) {
            const char* const next = body_left_ > 0 ? walk_body(at, end) : read_frame(at, end);
            if (next == at) break;
            at = next;
        }
        return static_cast<std::size_t>(at - input.data());
    }

    bool stopped() const { return stopped_; }
    // What was wrong with the bytes; empty when the sink stopped the scan.
    const std::string& problem() const { return problem_; }

private:
    static constexpr std::size_t small_frame_bytes_max = 131072;

    const char* fail(const char* at, std::string problem) {
        stopped_ = true;
        problem_ = std::move(problem);
        return at;
    }
    const char* stop_unless(bool go_on, const char* at) {
        stopped_ = !go_on;
        return at;
    }

    const char* read_frame(const char* at, const char* end) {
        if (static_cast<std::size_t>(end - at) < frame_overhead_bytes) return at;
        const auto type = FrameType{static_cast<std::uint8_t>(at[0])};
        const std::uint16_t channel = load_big<std::uint16_t>(at + 1);
        const std::size_t size = load_big<std::uint32_t>(at + 3);
        if (channel >= contents_.size())
            return fail(at, "a frame on a channel that was never opened");
        if (type == FrameType::body) return begin_body(at, end, channel, size);
        if (size > small_frame_bytes_max)
            return fail(at, "a method or header frame of more than 128 KiB");
        if (static_cast<std::size_t>(end - at) < size + frame_overhead_bytes) return at;
        const char* const next = at + size + frame_overhead_bytes;
        if (static_cast<unsigned char>(next[-1]) != frame_end)
            return fail(at, "a frame without its end octet");
        const std::string_view payload(at + frame_header_bytes, size);
        switch (type) {
            case FrameType::method:
                return read_method(next, channel, payload);
            case FrameType::header:
                return read_header(next, channel, payload);
            case FrameType::heartbeat:
                return next;
            default:
                return fail(at, "a frame of unknown type");
        }
    }

    const char* read_method(const char* next, std::uint16_t channel, std::string_view payload) {
        if (payload.size() < 4) return fail(next, "a method frame without a method");
        const auto method = Method{load_big<std::uint32_t>(payload.data())};
        const std::string_view arguments = payload.substr(4);
        Content& content = contents_[channel];
        if (content.awaits != Content::Awaits::method)
            return fail(next, "a method in the middle of a message");
        if (method == Method::basic_deliver) {
            const std::size_t tag_at =
                arguments.empty() ? 0 : 1 + static_cast<std::uint8_t>(arguments[0]);
            if (arguments.size() < tag_at + 9)
                return fail(next, "a basic.deliver that is too short");
            content.delivery_tag = load_big<std::uint64_t>(arguments.data() + tag_at);
            content.redelivered = (arguments[tag_at + 8] & 1) != 0;
            content.returned = false;
            content.awaits = Content::Awaits::header;
            return next;
        }
        if (method == Method::basic_return) {
            content.delivery_tag = 0;
            content.returned = true;
            content.awaits = Content::Awaits::header;
            return next;
        }
        return stop_unless(sink_.on_method(channel, method, arguments), next);
    }

    const char* read_header(const char* next, std::uint16_t channel, std::string_view payload) {
        Content& content = contents_[channel];
        if (content.awaits != Content::Awaits::header)
            return fail(next, "a content header out of turn");
        if (payload.size() < 14) return fail(next, "a content header that is too short");
        content.body_bytes = load_big<std::uint64_t>(payload.data() + 4);
        content.received_bytes = 0;
        content.awaits = Content::Awaits::body;
        return content.body_bytes == 0 ? complete(next, channel) : next;
    }

    const char* begin_body(const char* at, const char* end, std::uint16_t channel,
                           std::size_t size) {
        const Content& content = contents_[channel];
        if (content.awaits != Content::Awaits::body) return fail(at, "a body frame out of turn");
        if (size > content.body_bytes - content.received_bytes)
            return fail(at, "a body longer than announced");
        body_channel_ = channel;
        body_left_ = size + 1;
        return walk_body(at + frame_header_bytes, end);
    }

    // Takes what is there of the current body frame; its end octet counts as its last.
    const char* walk_body(const char* at, const char* end) {
        Content& content = contents_[body_channel_];
        const std::size_t here = std::min(body_left_, static_cast<std::size_t>(end - at));
        const bool whole = here == body_left_;
        const std::string_view piece(at, whole ? here - 1 : here);
        body_left_ -= here;
        if (content.received_bytes < stamped_bytes) {
            const auto seen = static_cast<std::size_t>(content.received_bytes);
            std::memcpy(content.start + seen, piece.data(),
                        std::min(piece.size(), stamped_bytes - seen));
        }
        if (sink_.wants_bodies() && !sink_.on_body(content, piece)) return stop_unless(false, at);
        content.received_bytes += piece.size();
        if (!whole) return end;
        if (static_cast<unsigned char>(at[here - 1]) != frame_end)
            return fail(at, "a body without its end octet");
        return content.received_bytes == content.body_bytes ? complete(at + here, body_channel_)
                                                            : at + here;
    }

    const char* complete(const char* next, std::uint16_t channel) {
        contents_[channel].awaits = Content::Awaits::method;
        return stop_unless(sink_.on_content(channel, contents_[channel]), next);
    }

    Sink& sink_;
    std::vector<Content> contents_;
    std::size_t body_left_ =
        0;  // octets to come of the body frame that is being walked, end octet included
    std::uint16_t body_channel_ = 0;
    bool stopped_ = false;
    std::string problem_;
};

}  // namespace loadgen
