#pragma once
// A shard with a registry of connections, and sessions whose doings a test can steer and see.
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/output_buffer.h"
#include "base/prng.h"
#include "net/byte_session.h"
#include "net/connection_registry.h"
#include "net/socket.h"
#include "net/stream_profile.h"
#include "runtime/shard.h"

namespace warren::net {

// Frames are four bytes of length (big-endian) and as many of content; each is sent back as it
// came. Everything here is touched on the shard only.
class EchoSession final : public ByteSession {
public:
    // What the sessions of one test share.
    struct Script {
        bool pause_after_each_frame = false;  // and go on in the next turn
        bool wants_input = true;
        bool echo = true;
        std::string greeting;
        std::size_t frames_max = SIZE_MAX;           // then the session is finished
        std::optional<std::int64_t> tick_ms = 1000;  // nothing: never again
        ReadPace pace;
        bool finish_on_force_close = true;
        bool let_in = false;      // at once
        PeerInfo peer;            // of the last session
        std::string direct_room;  // to be filled before the first frame
        std::size_t direct_bytes = 0;

        std::string log;                                      // what has been called, in order
        std::string input;                                    // contents of the frames
        std::vector<std::int64_t> silence_ms;                 // seen by each tick
        std::map<std::uint64_t, std::size_t> inputs_by_turn;  // calls of on_bytes()
        EchoSession* last = nullptr;
    };

    EchoSession(Script& script, StreamControl& stream, runtime::Shard& shard);
    ~EchoSession() override { script_.log += "gone."; }

    std::size_t on_bytes(ByteView input) override;
    bool wants_input() const override { return script_.wants_input && !paused_ && !finished_; }
    ReadPace read_pace() const override { return script_.pace; }
    std::span<std::byte> direct_room() override {
        return std::as_writable_bytes(std::span(script_.direct_room)).subspan(script_.direct_bytes);
    }
    void on_direct_bytes(std::size_t bytes) override { script_.direct_bytes += bytes; }
    bool finished() const override { return finished_; }
    OutputBuffer& output() override { return output_; }
    void end_turn() override {}
    Instant on_tick(Instant last_received, Instant last_sent) override;
    void on_peer_gone(std::string_view how) override;
    void force_close(std::string_view reason) override;

    StreamControl& stream() { return stream_; }
    void finish() {
        finished_ = true;
        stream_.request_attention();
    }

private:
    Script& script_;
    StreamControl& stream_;
    runtime::Shard& shard_;
    OutputBuffer output_;
    std::size_t frames_ = 0;
    bool paused_ = false;
    bool finished_ = false;
};

std::string frame_of(std::string_view content);
// Of sizes below `content_bytes_max`.
std::string random_frames(Prng& random, std::size_t count, std::size_t content_bytes_max);

class TestShard final : public SessionFactory {
public:
    explicit TestShard(EchoSession::Script script = {});
    ~TestShard();

    // Runs `function` on the shard and returns what it returns.
    template <typename Function>
    auto run(Function function) -> std::invoke_result_t<Function> {
        std::promise<std::invoke_result_t<Function>> promise;
        auto result = promise.get_future();
        shard_.post_from_any_thread([&function, promise = std::move(promise)]() mutable {
            if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
                function();
                promise.set_value();
            } else {
                promise.set_value(function());
            }
        });
        return result.get();
    }
    // Asks `condition` on the shard until it holds; false after some seconds.
    bool eventually(std::function<bool()> condition);

    // A connection: the returned socket is the client's end.
    Socket connect(std::shared_ptr<const StreamProfile> profile = plain());
    static std::shared_ptr<const StreamProfile> plain();

    runtime::Shard& shard() { return shard_; }
    ConnectionRegistry& registry() { return *registry_; }
    // To be touched within run() or after the test's traffic has ended.
    EchoSession::Script script;

    std::unique_ptr<ByteSession> make_session(const PeerInfo& peer, StreamControl& stream) override;

private:
    runtime::Shard shard_;
    std::unique_ptr<ConnectionRegistry> registry_;
};

// ---- a client's blocking end ----
void send_all(const Socket& socket, std::string_view bytes);
// Exactly so many bytes, or fewer if the connection ends before.
std::string receive(const Socket& socket, std::size_t bytes);
// Until the connection ends.
std::string receive_all(const Socket& socket);

}  // namespace warren::net
