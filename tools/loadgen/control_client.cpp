#include "control_client.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace loadgen {
namespace {

constexpr std::string_view protocol_header("AMQP\x00\x00\x09\x01", 8);
constexpr int answer_timeout_s = 60;

std::string connection_close_frame() {
    std::string out;
    FrameWriter(out).method(0, Method::connection_close).u16(200).short_string("done").u32(0).end();
    return out;
}

void set_receive_timeout(int fd, int seconds) {
    const timeval limit{.tv_sec = seconds, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

// The "product" and "version" of the server properties, which start with the table's size. A search
// is enough for a label.
std::string product_of(std::string_view start_arguments) {
    std::string label;
    for (const std::string_view key :
         {std::string_view("\x07product"), std::string_view("\x07version")}) {
        const std::size_t at = start_arguments.find(key);
        if (at == std::string_view::npos ||
            start_arguments.substr(at + key.size()).substr(0, 1) != "S")
            continue;
        FieldReader reader(start_arguments.substr(at + key.size() + 1));
        if (!label.empty()) label += ' ';
        label += reader.long_string();
    }
    return label.empty() ? "unknown" : label;
}

}  // namespace

int connect_to(const Target& target) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(target.port);
    if (const int error = getaddrinfo(target.host.c_str(), port.c_str(), &hints, &found);
        error != 0) {
        throw BrokerError("cannot resolve " + target.host + ": " + gai_strerror(error));
    }
    int last_error = 0;
    int fd = -1;
    for (const addrinfo* at = found; at != nullptr && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0) break;
        last_error = errno;
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd < 0) {
        throw BrokerError("cannot connect to " + target.host + ":" + port + ": " +
                          std::strerror(last_error));
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

ControlClient::ControlClient(const Target& target) : target_(target), fd_(connect_to(target)) {
    set_receive_timeout(fd_, answer_timeout_s);
    send(protocol_header);
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : target_(other.target_),
      fd_(std::exchange(other.fd_, -1)),
      input_(std::move(other.input_)),
      input_at_(other.input_at_),
      frame_bytes_max_(other.frame_bytes_max_),
      product_(std::move(other.product_)) {}

ControlClient::~ControlClient() {
    if (fd_ >= 0) close(fd_);
}

void ControlClient::fail(const std::string& what) const {
    throw BrokerError(what);
}

void ControlClient::send(std::string_view frames) {
    while (!frames.empty()) {
        const ssize_t sent = ::send(fd_, frames.data(), frames.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) {
            // The broker may have said why before it closed: its words are worth more than EPIPE.
            if (errno == EPIPE || errno == ECONNRESET) {
                Frame frame;
                while (true)
                    next_frame(frame);
            }
            fail(std::string("cannot write to the broker: ") + std::strerror(errno));
        }
        frames.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// Returns the payload as a copy, because reading on moves the buffer. Answers and throws on any
// close.
std::string ControlClient::next_frame(Frame& frame) {
    while (true) {
        const auto found = first_frame(std::string_view(input_).substr(input_at_));
        if (found) {
            input_at_ += found->bytes;
            frame = *found;
            std::string payload(found->payload);
            if (frame.type != FrameType::method) return payload;
            const Method method = found->method();
            if (method == Method::connection_close || method == Method::channel_close) {
                fail("the broker sent " + method_name(method) + ": " +
                     describe_close(found->arguments()));
            }
            return payload;
        }
        input_.erase(0, std::exchange(input_at_, 0));
        char bytes[65536];
        const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) fail("the broker ended the connection without a word");
        if (got < 0) {
            const bool silent = errno == EAGAIN || errno == EWOULDBLOCK;
            fail(silent ? "the broker does not answer"
                        : std::string("cannot read: ") + std::strerror(errno));
        }
        input_.append(bytes, static_cast<std::size_t>(got));
    }
}

std::string ControlClient::wait_for(std::uint16_t channel, Method expected) {
    return wait_for(std::optional(channel), expected);
}

std::string ControlClient::wait_for(Method expected) {
    return wait_for(std::nullopt, expected);
}

std::string ControlClient::wait_for(std::optional<std::uint16_t> channel, Method expected) {
    while (true) {
        Frame frame;
        std::string payload = next_frame(frame);
        if (frame.type == FrameType::heartbeat) continue;
        frame.payload = payload;
        const Method method = frame.method();
        if (method == Method::connection_blocked || method == Method::connection_unblocked)
            continue;
        if (frame.type != FrameType::method || frame.channel != channel.value_or(frame.channel) ||
            method != expected) {
            fail("expected " + method_name(expected) + ", the broker sent " + method_name(method));
        }
        return payload.substr(4);
    }
}

std::string ControlClient::call(std::string_view frames, std::uint16_t channel, Method answer) {
    send(frames);
    return wait_for(channel, answer);
}

void ControlClient::answer_start() {
    product_ = product_of(wait_for(0, Method::connection_start));
    std::string capabilities;
    FrameWriter inner(capabilities);
    inner.table({{"publisher_confirms", true},
                 {"consumer_cancel_notify", true},
                 {"basic.nack", true},
                 {"connection.blocked", true},
                 {"authentication_failure_close", true}});
    std::string properties;
    FrameWriter outer(properties);
    outer.short_string("product").u8('S').long_string("warrenmq-loadgen");
    outer.short_string("capabilities").u8('F').raw(capabilities);
    const std::string login =
        std::string(1, '\0') + target_.user + std::string(1, '\0') + target_.password;
    std::string out;
    FrameWriter writer(out);
    writer.method(0, Method::connection_start_ok).long_string(properties);
    writer.short_string("PLAIN").long_string(login).short_string("en_US").end();
    send(out);
}

void ControlClient::answer_tune() {
    const std::string tune = wait_for(0, Method::connection_tune);
    FieldReader reader(tune);
    const std::uint16_t channels = reader.u16();
    const std::uint32_t offered = reader.u32();
    frame_bytes_max_ =
        offered == 0 ? target_.frame_bytes_max : std::min(offered, target_.frame_bytes_max);
    std::string out;
    FrameWriter writer(out);
    writer.method(0, Method::connection_tune_ok).u16(channels).u32(frame_bytes_max_).u16(0).end();
    writer.method(0, Method::connection_open)
        .short_string(target_.vhost)
        .short_string("")
        .u8(0)
        .end();
    send(out);
}

void ControlClient::finish_open() {
    wait_for(0, Method::connection_open_ok);
}

void ControlClient::handshake() {
    answer_start();
    answer_tune();
    finish_open();
}

void ControlClient::open_channel(std::uint16_t channel) {
    std::string out;
    FrameWriter(out).method(channel, Method::channel_open).short_string("").end();
    call(out, channel, Method::channel_open_ok);
}

void ControlClient::request_close() {
    send(connection_close_frame());
}

void ControlClient::finish_close() {
    wait_for(0, Method::connection_close_ok);
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(std::exchange(fd_, -1));
}

int ControlClient::release(std::string& unread) {
    unread = input_.substr(input_at_);
    return std::exchange(fd_, -1);
}

void close_politely(int fd, std::string_view last_words) {
    const std::string request = std::string(last_words) + connection_close_frame();
    std::string tail;
    const timeval limit{.tv_sec = 2, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(request.size())) {
        set_receive_timeout(fd, 2);
        std::string close_ok;
        FrameWriter(close_ok).method(0, Method::connection_close_ok).end();
        char bytes[65536];
        while (!tail.ends_with(close_ok)) {
            const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
            if (got <= 0) break;
            // Only the last few octets matter: whatever was still on its way is thrown away.
            tail.append(bytes, static_cast<std::size_t>(got));
            if (tail.size() > close_ok.size()) tail.erase(0, tail.size() - close_ok.size());
        }
    }
    close(fd);
}

}  // namespace loadgen
