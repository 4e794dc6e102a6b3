#include "runtime/event_poll.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace warren::runtime {
namespace {

constexpr std::int64_t long_ns = 5'000'000'000;

class RecordingTarget final : public EventPoll::Target {
public:
    void on_events(std::uint32_t events) override {
        ++calls;
        last_events = events;
        if (then) then();
    }
    int calls = 0;
    std::uint32_t last_events = 0;
    std::function<void()> then;
};

class event_poll : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    }
    void TearDown() override {
        ::close(pair[0]);
        ::close(pair[1]);
    }
    std::size_t wait(std::int64_t timeout_ns) {
        poll.wait(timeout_ns);
        return poll.call_ready();
    }
    void send(const std::string& text = "x") {
        ASSERT_EQ(::send(pair[1], text.data(), text.size(), 0), ssize_t(text.size()));
    }

    int pair[2] = {-1, -1};
    EventPoll poll;
};

TEST_F(event_poll, tells_of_each_arrival_once) {
    RecordingTarget target;
    ASSERT_TRUE(poll.watch(pair[0], target));
    EXPECT_EQ(wait(0), 0u);
    send();
    EXPECT_EQ(wait(long_ns), 1u);
    EXPECT_NE(target.last_events & EPOLLIN, 0u);
    EXPECT_EQ(wait(0), 0u);  // nothing new, though nothing was read
    send();
    EXPECT_EQ(wait(0), 1u);
    poll.forget(target);
}

TEST_F(event_poll, tells_of_the_end_of_input_behind_the_last_of_it) {
    RecordingTarget target;
    ASSERT_TRUE(poll.watch(pair[0], target));
    send();
    ::shutdown(pair[1], SHUT_WR);
    EXPECT_EQ(wait(0), 1u);
    EXPECT_NE(target.last_events & EPOLLRDHUP, 0u);
    poll.forget(target);
}

TEST_F(event_poll, a_descriptor_that_epoll_refuses_is_not_watched) {
    RecordingTarget target;
    EXPECT_FALSE(poll.watch(-1, target));
}

TEST_F(event_poll, a_full_socket_is_told_of_when_it_has_room) {
    RecordingTarget target;
    ASSERT_TRUE(poll.watch(pair[0], target));
    const std::string chunk(1 << 16, 'x');
    while (::send(pair[0], chunk.data(), chunk.size(), 0) > 0) {
    }
    poll.watch_output_too(pair[0], target);
    EXPECT_EQ(wait(0), 0u);
    std::string sink(1 << 20, ' ');
    while (::recv(pair[1], sink.data(), sink.size(), 0) > 0) {
    }
    EXPECT_EQ(wait(long_ns), 1u);
    EXPECT_NE(target.last_events & EPOLLOUT, 0u);
    poll.forget(target);
}

TEST_F(event_poll, a_ring_ends_one_wait_however_often_it_rang) {
    poll.ring();
    poll.ring();
    EXPECT_EQ(wait(-1), 0u);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(wait(20'000'000), 0u);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
}

TEST_F(event_poll, is_rung_out_of_its_sleep_by_another_thread) {
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        poll.ring();
    });
    EXPECT_EQ(wait(-1), 0u);
    other.join();
}

TEST_F(event_poll, who_asked_to_be_called_soon_is_called_once_and_not_waited_for) {
    RecordingTarget target;
    poll.call_soon(target);
    poll.call_soon(target);
    EXPECT_EQ(wait(-1), 1u);
    EXPECT_EQ(target.calls, 1);
    EXPECT_EQ(wait(0), 0u);
}

TEST_F(event_poll, who_asks_again_while_called_is_called_in_the_next_wait) {
    RecordingTarget target;
    target.then = [&] { poll.call_soon(target); };
    poll.call_soon(target);
    EXPECT_EQ(wait(-1), 1u);
    EXPECT_EQ(wait(-1), 1u);
    EXPECT_EQ(target.calls, 2);
    poll.forget(target);
}

TEST_F(event_poll, who_is_forgotten_is_not_called) {
    int others[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others), 0);
    auto first = std::make_unique<RecordingTarget>();
    auto second = std::make_unique<RecordingTarget>();
    ASSERT_TRUE(poll.watch(pair[0], *first));
    ASSERT_TRUE(poll.watch(others[0], *second));
    // Whichever is called first takes the other one away, and itself.
    int calls = 0;
    const auto forget_both = [&] {
        ++calls;
        for (auto* target : {&first, &second})
            poll.forget(**target);
        EXPECT_EQ(poll.being_called(), nullptr);
    };
    first->then = second->then = forget_both;
    send();
    ASSERT_EQ(::send(others[1], "x", 1, 0), 1);
    poll.call_soon(*first);
    poll.call_soon(*second);
    wait(long_ns);
    EXPECT_EQ(calls, 1);
    ::close(others[0]);
    ::close(others[1]);
}

}  // namespace
}  // namespace warren::runtime
