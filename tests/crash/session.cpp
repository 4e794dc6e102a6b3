#include "session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace crash {
namespace {

constexpr std::uint16_t channel = 1;
constexpr double answer_seconds_max = 20;
constexpr std::size_t header_fixed_bytes = 12;  // class, weight, body size

std::string plain_method(loadgen::Method method) {
    std::string out;
    loadgen::FrameWriter(out).method(channel, method).end();
    return out;
}

std::string channel_open() {
    std::string out;
    loadgen::FrameWriter(out).method(channel, loadgen::Method::channel_open).short_string("").end();
    return out;
}

}  // namespace

Session::Session(const loadgen::Target& target, std::string name, Faults& faults)
    : faults_(faults), name_(std::move(name)) {
    loadgen::ControlClient client(target);
    client.handshake();
    client.open_channel(channel);
    frame_bytes_max_ = client.frame_bytes_max();
    fd_ = client.release(input_);
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

Session::~Session() {
    close(fd_);
}

void Session::add_fault(const std::string& text) {
    faults_.add(name_ + ": " + text);
}

void Session::read() {
    std::array<char, 65536> bytes;
    while (!over_) {
        const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) {
            over_ = true;
            break;
        }
        input_.append(bytes.data(), static_cast<std::size_t>(got));
        if (static_cast<std::size_t>(got) < bytes.size()) break;
    }
    std::string_view rest(input_);
    while (const auto frame = loadgen::first_frame(rest)) {
        on_frame(*frame);
        rest.remove_prefix(frame->bytes);
    }
    input_.erase(0, input_.size() - rest.size());
}

void Session::write() {
    if (!wants_to_write()) return;
    const ssize_t sent = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    // An error shows at the next read, after whatever the server has still said.
    if (sent > 0) out_.erase(0, static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) out_.clear();
}

void Session::wait(double seconds) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (wants_to_write()) waiting.events |= POLLOUT;
    poll(&waiting, 1, static_cast<int>(seconds * 1000));
}

void Session::on_frame(const loadgen::Frame& frame) {
    switch (frame.type) {
        case loadgen::FrameType::method:
            on_any_method(frame.method(), frame.arguments());
            break;
        case loadgen::FrameType::header:
            body_bytes_ = loadgen::load_big<std::uint64_t>(frame.payload.data() + 4);
            delivery_.properties = frame.payload.substr(header_fixed_bytes);
            delivery_.body.clear();
            if (body_bytes_ == 0) complete_delivery();
            break;
        case loadgen::FrameType::body:
            delivery_.body += frame.payload;
            if (delivery_.body.size() >= body_bytes_) complete_delivery();
            break;
        case loadgen::FrameType::heartbeat:
            break;
    }
}

void Session::complete_delivery() {
    on_delivery(delivery_);
}

void Session::on_any_method(loadgen::Method method, std::string_view arguments) {
    loadgen::FieldReader reader(arguments);
    switch (method) {
        case loadgen::Method::basic_deliver:
            reader.short_string();
            delivery_.tag = reader.u64();
            delivery_.redelivered = (reader.u8() & 1) != 0;
            delivery_.returned = false;
            return;
        case loadgen::Method::basic_return:
            delivery_.returned = true;
            return;
        case loadgen::Method::channel_close:
            on_channel_closed(arguments);
            return;
        case loadgen::Method::connection_close:
            // 320: the server is being stopped, which is what was asked for.
            if (loadgen::FieldReader(arguments).u16() != 320)
                add_fault("connection closed: " + loadgen::describe_close(arguments));
            over_ = true;
            return;
        default:
            break;
    }
    if (awaited_ == method) answer_ = std::string(arguments);
    on_method(method, arguments);
}

// Somebody who asks for what may not be there gets no answer, and a new channel.
void Session::on_channel_closed(std::string_view arguments) {
    out_ += plain_method(loadgen::Method::channel_close_ok) + channel_open();
    if (!awaited_) add_fault("channel closed: " + loadgen::describe_close(arguments));
    awaited_ = loadgen::Method::channel_open_ok;
}

std::optional<std::string> Session::call(std::string_view frames, loadgen::Method answer) {
    out_ += frames;
    awaited_ = answer;
    answer_.reset();
    write();
    const bool answered = run_until([this] { return answer_.has_value(); }, answer_seconds_max);
    if (!answered && !over_) add_fault("no answer, waiting for " + method_name(answer));
    const bool as_asked = answered && awaited_ == answer;
    awaited_.reset();
    return as_asked ? answer_ : std::nullopt;
}

void Session::close_politely() {
    std::string out;
    loadgen::FrameWriter(out)
        .method(channel, loadgen::Method::channel_close)
        .u16(200)
        .short_string("done")
        .u32(0)
        .end();
    call(out, loadgen::Method::channel_close_ok);
}

}  // namespace crash
