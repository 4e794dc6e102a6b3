#include "net/test_sessions.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <thread>

namespace warren::net {

EchoSession::EchoSession(Script& script, StreamControl& stream, runtime::Shard& shard)
    : script_(script), stream_(stream), shard_(shard) {
    script_.last = this;
    if (script_.let_in) stream_.let_in();
    output_.append(as_bytes(script_.greeting));
}

std::size_t EchoSession::on_bytes(ByteView input) {
    EXPECT_TRUE(wants_input());
    ++script_.inputs_by_turn[shard_.stats().turns];
    ByteReader reader(input);
    std::size_t taken = 0;
    while (wants_input()) {
        const ByteView content = reader.long_string();
        if (!reader.ok()) break;
        const ByteView frame = input.subspan(taken, reader.position() - taken);
        taken = reader.position();
        if (script_.echo) output_.append(frame);
        if (script_.input.size() < 100'000) script_.input += as_text(content);
        if (++frames_ == script_.frames_max) finished_ = true;
        if (!script_.pause_after_each_frame) continue;
        paused_ = true;
        shard_.post_from_any_thread([this] {
            paused_ = false;
            stream_.request_attention();
        });
    }
    return taken;
}

Instant EchoSession::on_tick(Instant last_received, Instant) {
    const Instant now = shard_.now().instant;
    script_.silence_ms.push_back(now.ms_since(last_received));
    return script_.tick_ms ? now.plus_ms(*script_.tick_ms) : Instant::never();
}

void EchoSession::on_peer_gone(std::string_view how) {
    script_.log += "peer gone: " + std::string(how) + ".";
    finished_ = true;
}

void EchoSession::force_close(std::string_view reason) {
    script_.log += "forced: " + std::string(reason) + ".";
    output_.append(as_bytes("bye"));
    finished_ = script_.finish_on_force_close;
}

std::string frame_of(std::string_view content) {
    std::string frame;
    ByteWriter(frame).long_string(content);
    return frame;
}

std::string random_frames(Prng& random, std::size_t count, std::size_t content_bytes_max) {
    std::string frames;
    for (std::size_t n = 0; n < count; ++n) {
        std::string content(random.below(content_bytes_max), '\0');
        for (char& c : content)
            c = static_cast<char>(random.next());
        frames += frame_of(content);
    }
    return frames;
}

TestShard::TestShard(EchoSession::Script its_script) : script(std::move(its_script)), shard_({}) {
    registry_ = std::make_unique<ConnectionRegistry>(shard_, *this);
    shard_.add_hook(*registry_);
    shard_.start();
}

TestShard::~TestShard() {
    shard_.stop();
    shard_.join();
    registry_.reset();
}

std::unique_ptr<ByteSession> TestShard::make_session(const PeerInfo& peer, StreamControl& stream) {
    script.peer = peer;
    return std::make_unique<EchoSession>(script, stream, shard_);
}

bool TestShard::eventually(std::function<bool()> condition) {
    for (int attempt = 0; attempt < 2000; ++attempt) {
        if (run(condition)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

std::shared_ptr<const StreamProfile> TestShard::plain() {
    auto profile = std::make_shared<StreamProfile>();
    profile->listener = "test";
    return profile;
}

Socket TestShard::connect(std::shared_ptr<const StreamProfile> profile) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    Socket server(ends[1]);
    run([&] {
        registry_->adopt({std::move(server), {"192.0.2.1", 1000}, {"192.0.2.2", 5672}, profile});
    });
    return Socket(ends[0]);
}

void send_all(const Socket& socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string receive(const Socket& socket, std::size_t bytes) {
    std::string received(bytes, '\0');
    std::size_t at = 0;
    while (at < bytes) {
        pollfd waiting{.fd = socket.descriptor(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 10'000) != 1) break;
        const ssize_t count = ::recv(socket.descriptor(), &received[at], bytes - at, 0);
        if (count <= 0) break;
        at += static_cast<std::size_t>(count);
    }
    received.resize(at);
    return received;
}

std::string receive_all(const Socket& socket) {
    std::string received;
    while (true) {
        const std::string more = receive(socket, 65'536);
        received += more;
        if (more.size() < 65'536) return received;
    }
}

}  // namespace warren::net
