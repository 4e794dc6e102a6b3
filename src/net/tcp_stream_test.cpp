#include "net/tcp_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "base/prng.h"
#include "net/test_sessions.h"

namespace warren::net {
namespace {

constexpr std::string_view closed_by_client =
    "peer gone: client unexpectedly closed TCP connection.gone.";

// Sends from a thread of its own, in pieces of random size, while the caller receives.
std::string exchange(const Socket& client, const std::string& sent, std::size_t piece_bytes_max) {
    std::thread sender([&] {
        Prng random(1);
        for (std::size_t at = 0; at < sent.size();) {
            const std::size_t bytes = 1 + random.below(piece_bytes_max);
            send_all(client, std::string_view(sent).substr(at, bytes));
            at += bytes;
        }
    });
    std::string received = receive(client, sent.size());
    sender.join();
    return received;
}

TEST(tcp_stream, passes_frames_of_all_sizes_in_pieces_of_all_sizes) {
    TestShard shard;
    const Socket client = shard.connect();
    Prng random(2);
    const std::string small = random_frames(random, 5000, 100);
    EXPECT_EQ(exchange(client, small, 50), small);
    const std::string large = random_frames(random, 40, 900'000);
    EXPECT_EQ(exchange(client, large, 400'000), large);
}

TEST(tcp_stream, writes_a_lot_in_several_turns) {
    EchoSession::Script script;
    script.greeting.assign(8 * limits::written_bytes_per_stream, 'g');
    TestShard shard(script);
    const Socket client = shard.connect();
    EXPECT_EQ(receive(client, script.greeting.size()), script.greeting);
    EXPECT_GE(shard.run([&] { return shard.script.last->stream().stats().writes; }), 8u);
}

TEST(tcp_stream, many_that_have_a_lot_to_write_all_come_to_the_end) {
    EchoSession::Script script;
    script.greeting.assign(3 * limits::written_bytes_per_stream, 'g');
    TestShard shard(script);
    std::vector<Socket> clients;
    for (int n = 0; n < 6; ++n)
        clients.push_back(shard.connect());
    for (const Socket& client : clients)
        EXPECT_EQ(receive(client, script.greeting.size()), script.greeting);
}

TEST(tcp_stream, goes_on_where_a_session_paused) {
    EchoSession::Script script;
    script.pause_after_each_frame = true;
    TestShard shard(script);
    const Socket client = shard.connect();
    Prng random(3);
    const std::string frames = random_frames(random, 2000, 2000);
    EXPECT_EQ(exchange(client, frames, 100'000), frames);
}

TEST(tcp_stream, fills_what_a_session_wants_filled_before_it_gives_it_the_rest) {
    EchoSession::Script script;
    script.direct_room.resize(3'000'000);
    TestShard shard(script);
    const Socket client = shard.connect();
    std::string sent(script.direct_room.size(), '\0');
    for (std::size_t at = 0; at < sent.size(); at += 61)
        sent[at] = static_cast<char>(at);
    Prng random(4);
    const std::string frames = random_frames(random, 200, 20'000);
    std::thread sender([&] { send_all(client, sent + frames); });
    EXPECT_EQ(receive(client, frames.size()), frames);
    sender.join();
    EXPECT_TRUE(shard.script.direct_room == sent);
    EXPECT_EQ(shard.script.direct_bytes, sent.size());
}

TEST(tcp_stream, does_not_read_for_a_session_that_wants_no_input) {
    TestShard shard;
    const Socket client = shard.connect();
    shard.run([&] { shard.script.wants_input = false; });
    send_all(client, frame_of("later"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(shard.run([&] { return shard.script.last->stream().stats().reads; }), 0u);
    shard.run([&] {
        shard.script.wants_input = true;
        shard.script.last->stream().request_attention();
    });
    EXPECT_EQ(receive(client, 9), frame_of("later"));
}

TEST(tcp_stream, one_turn_reads_no_more_than_its_share) {
    EchoSession::Script script;
    script.echo = false;
    TestShard shard(script);
    constexpr std::size_t clients_count = 40;
    const std::string frame = frame_of(std::string(100'000, 'x'));
    std::vector<Socket> clients;
    for (std::size_t n = 0; n < clients_count; ++n)
        clients.push_back(shard.connect());
    // Sent on the shard's own thread, so that all of it is there when the shard looks.
    shard.run([&] {
        for (const Socket& client : clients)
            send_all(client, frame);
    });
    std::size_t inputs = 0;
    EXPECT_TRUE(shard.eventually([&] {
        inputs = 0;
        for (const auto& [turn, count] : shard.script.inputs_by_turn) {
            inputs += count;
            // Of 100 kB each: one share of this turn, and one that is the next one's input.
            EXPECT_LE(count, 22u);
        }
        return inputs == clients_count;
    })) << inputs;
}

TEST(tcp_stream, pauses_between_reads_of_a_session_that_wants_it) {
    EchoSession::Script script;
    script.pace = {.bytes_max = 1000, .gives_way = true, .pause_ns = 3'000'000};
    TestShard shard(script);
    const Socket client = shard.connect();
    const std::string frame = frame_of(std::string(996, 'x'));
    const auto begin = std::chrono::steady_clock::now();
    // Sent on the shard's own thread, so that all of it is there when the shard looks.
    shard.run([&] {
        for (int n = 0; n < 5; ++n)
            send_all(client, frame);
    });
    EXPECT_EQ(receive(client, 5000).size(), 5000u);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(4 * 3));
    EXPECT_EQ(shard.run([&] { return shard.script.inputs_by_turn.size(); }), 5u);
    EXPECT_GE(shard.run([&] { return shard.shard().stats().yields; }), 5u);
    // Nor does what comes later wait for ever, or wake the shard while there is nothing.
    send_all(client, frame);
    EXPECT_EQ(receive(client, 1000), frame);
}

TEST(tcp_stream, a_connection_that_pauses_can_be_cut) {
    EchoSession::Script script;
    script.pace.pause_ns = INT64_MAX / 2;
    TestShard shard(script);
    const Socket client = shard.connect();
    send_all(client, frame_of("read"));
    EXPECT_EQ(receive(client, 8), frame_of("read"));
    send_all(client, frame_of("not read"));
    bool empty = false;
    shard.run([&] { shard.registry().shut_down("stopping", 0, [&] { empty = true; }); });
    EXPECT_TRUE(shard.eventually([&] { return empty; }));
    EXPECT_EQ(shard.run([&] { return shard.script.input; }), "read");
}

TEST(tcp_stream, writes_once_a_turn) {
    TestShard shard;
    const Socket client = shard.connect();
    shard.run([&] {
        for (int n = 0; n < 100; ++n) {
            shard.script.last->output().append(as_bytes("0123456789"));
            shard.script.last->stream().request_attention();
        }
    });
    EXPECT_EQ(receive(client, 1000).size(), 1000u);
    EXPECT_EQ(shard.run([&] { return shard.script.last->stream().stats().writes; }), 1u);
}

TEST(tcp_stream, a_client_that_does_not_read_holds_nobody_up) {
    TestShard shard;
    const Socket stubborn = shard.connect();
    const std::string flood(8'000'000, 'f');
    shard.run([&] {
        shard.script.last->output().append(as_bytes(flood));
        shard.script.last->stream().request_attention();
    });
    const auto turns_before = shard.run([&] { return shard.shard().stats().turns; });
    const Socket other = shard.connect();
    send_all(other, frame_of("still here?"));
    EXPECT_EQ(receive(other, 15), frame_of("still here?"));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    // The shard sleeps while the socket is full.
    EXPECT_LE(shard.run([&] { return shard.shard().stats().turns; }) - turns_before, 20u);
    EXPECT_EQ(receive(stubborn, flood.size()), flood);
}

TEST(tcp_stream, the_last_words_of_a_finished_session_reach_the_client) {
    EchoSession::Script script;
    script.frames_max = 1;
    TestShard shard(script);
    const Socket client = shard.connect();
    // What follows the first frame is never read by the session.
    send_all(client, frame_of("close") + std::string(300'000, 'x'));
    EXPECT_EQ(receive_all(client), frame_of("close"));
    EXPECT_EQ(shard.run([&] { return shard.registry().size(); }), 1u);
    send_all(client, "more");
    ::shutdown(client.descriptor(), SHUT_RDWR);
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
    EXPECT_EQ(shard.script.log, "gone.");
}

TEST(tcp_stream, tells_the_session_that_the_client_has_gone) {
    TestShard shard;
    {
        const Socket client = shard.connect();
        send_all(client, frame_of("hello").substr(0, 5));
    }
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
    EXPECT_EQ(shard.script.log, closed_by_client);
}

TEST(tcp_stream, what_a_client_sent_before_it_stopped_reading_still_arrives) {
    EchoSession::Script script;
    script.greeting = "cannot be written";
    TestShard shard(script);
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    Socket client(ends[0]);
    Socket server(ends[1]);
    send_all(client, frame_of("published"));
    ::shutdown(client.descriptor(), SHUT_RD);
    shard.run([&] { shard.registry().adopt({std::move(server), {}, {}, TestShard::plain()}); });
    EXPECT_TRUE(shard.eventually([&] { return shard.script.input == "published"; }));
    client.close();
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
    EXPECT_EQ(shard.script.log, closed_by_client);
}

TEST(tcp_stream, ticks_tell_how_long_the_peer_has_been_silent) {
    EchoSession::Script script;
    script.tick_ms = 1;
    TestShard shard(script);
    const Socket client = shard.connect();
    EXPECT_TRUE(shard.eventually([&] { return shard.script.silence_ms.size() >= 3; }));
    shard.run([&] {
        EXPECT_GE(shard.script.silence_ms[0], 1000);
        EXPECT_GT(shard.script.silence_ms[2], shard.script.silence_ms[0]);
        shard.script.silence_ms.clear();
        // A peer is not blamed for what nobody reads.
        shard.script.wants_input = false;
        shard.script.last->stream().request_attention();
    });
    EXPECT_TRUE(shard.eventually([&] { return shard.script.silence_ms.size() >= 2; }));
    shard.run([&] { EXPECT_EQ(shard.script.silence_ms.back(), 0); });
}

TEST(tcp_stream, a_session_that_wants_no_more_ticks_gets_none) {
    EchoSession::Script script;
    script.tick_ms = std::nullopt;
    TestShard shard(script);
    const Socket client = shard.connect();
    EXPECT_TRUE(shard.eventually([&] { return !shard.script.silence_ms.empty(); }));
    shard.run([&] { EXPECT_EQ(shard.shard().timers().next_call(), Instant::never()); });
}

TEST(tcp_stream, shut_down_waits_for_goodbyes) {
    TestShard shard;
    const Socket client = shard.connect();
    bool empty = false;
    shard.run([&] { shard.registry().shut_down("stopping", 60'000, [&] { empty = true; }); });
    EXPECT_EQ(receive_all(client), "bye");
    ::shutdown(client.descriptor(), SHUT_RDWR);
    EXPECT_TRUE(shard.eventually([&] { return empty; }));
    EXPECT_EQ(shard.script.log, "forced: stopping.gone.");
    const Socket late = shard.connect();
    EXPECT_EQ(receive_all(late), "");
}

TEST(tcp_stream, shut_down_cuts_who_does_not_say_goodbye) {
    EchoSession::Script script;
    script.finish_on_force_close = false;
    TestShard shard(script);
    const Socket client = shard.connect();
    bool empty = false;
    shard.run([&] { shard.registry().shut_down("stopping", 20, [&] { empty = true; }); });
    EXPECT_TRUE(shard.eventually([&] { return empty; }));
    EXPECT_EQ(receive_all(client), "bye");
}

TEST(tcp_stream, reads_the_proxy_header_before_the_session_starts) {
    TestShard shard;
    auto profile = std::make_shared<StreamProfile>();
    profile->expects_proxy_header = true;
    const Socket client = shard.connect(profile);
    const std::string header = "PROXY TCP4 198.51.100.7 10.0.0.2 40000 5672\r\n";
    send_all(client, header.substr(0, 20));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    send_all(client, header.substr(20) + frame_of("hello"));
    EXPECT_EQ(receive(client, 9), frame_of("hello"));
    shard.run([&] {
        EXPECT_EQ(shard.script.peer.peer, (SocketAddress{"198.51.100.7", 40000}));
        EXPECT_EQ(shard.script.peer.local, (SocketAddress{"10.0.0.2", 5672}));
    });
    const Socket liar = shard.connect(profile);
    send_all(liar, "AMQP\r\n");
    EXPECT_EQ(receive_all(liar), "");
}

TEST(tcp_stream, closes_a_connection_that_does_not_begin_in_time) {
    TestShard shard;
    auto profile = std::make_shared<StreamProfile>();
    profile->expects_proxy_header = true;
    profile->proxy_header_ms_max = 20;
    const Socket client = shard.connect(profile);
    EXPECT_EQ(receive_all(client), "");
}

}  // namespace
}  // namespace warren::net
