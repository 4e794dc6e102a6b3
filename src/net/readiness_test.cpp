#include "net/readiness.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "runtime/shard.h"
#include "runtime/timer_queue.h"

namespace warren::net {
namespace {

// Waits, reads a piece when told, and stops the shard after so many calls.
class Reader final : public ReadinessHandler {
public:
    Reader(runtime::Shard& shard, int descriptor) : shard_(shard) {
        watch = std::make_unique<ReadinessWatch>(shard, Socket(descriptor), *this);
    }
    void on_readable() override {
        std::byte into[4];
        outcome = read_some(watch->descriptor(), into);
        if (outcome.kind == IoOutcome::Kind::would_block || outcome.bytes < sizeof into)
            watch->drained();
        if (++calls == calls_max) return shard_.stop();
        watch->await_readable();
    }
    void on_writable() override {
        if (++writable_calls == writable_calls_max) return shard_.stop();
        then_fill();
    }

    std::unique_ptr<ReadinessWatch> watch;
    IoOutcome outcome{IoOutcome::Kind::would_block};
    int calls = 0;
    int calls_max = 1;
    int writable_calls = 0;
    int writable_calls_max = 1;
    std::function<void()> then_fill;

private:
    runtime::Shard& shard_;
};

class readiness : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        reader = std::make_unique<Reader>(shard, pair[0]);
    }
    void TearDown() override { ::close(pair[1]); }
    void send(const std::string& text) {
        ASSERT_EQ(::send(pair[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    }

    int pair[2] = {-1, -1};
    runtime::Shard shard{{}};
    std::unique_ptr<Reader> reader;
};

TEST_F(readiness, what_a_read_has_left_is_told_of_again) {
    send("twelve bytes");
    reader->calls_max = 3;
    reader->watch->await_readable();
    shard.run();
    EXPECT_EQ(reader->outcome.bytes, 4u);
}

TEST_F(readiness, the_end_of_input_is_told_of_behind_a_read_that_took_the_rest) {
    send("abc");
    ::shutdown(pair[1], SHUT_WR);
    reader->calls_max = 2;
    reader->watch->await_readable();
    shard.run();
    EXPECT_EQ(reader->outcome.kind, IoOutcome::Kind::end_of_input);
}

TEST_F(readiness, input_that_came_while_nobody_waited_is_told_of_when_somebody_does) {
    send("abc");
    runtime::Timer later(shard.timers(), [&] { reader->watch->await_readable(); });
    later.schedule(shard.now().instant.plus_ms(20));
    shard.run();
    EXPECT_EQ(reader->outcome.bytes, 3u);
}

TEST_F(readiness, after_everything_was_read_only_what_is_new_is_told_of) {
    send("abc");
    reader->calls_max = 2;
    reader->watch->await_readable();
    runtime::Timer later(shard.timers(), [&] {
        EXPECT_EQ(reader->calls, 1);
        send("d");
    });
    later.schedule(shard.now().instant.plus_ms(20));
    shard.run();
    EXPECT_EQ(reader->outcome.bytes, 1u);
}

TEST_F(readiness, room_for_output_is_told_of_each_time_the_socket_was_full) {
    const std::string chunk(1 << 16, 'x');
    std::string sink(1 << 20, ' ');
    const auto fill = [&] {
        while (::send(pair[0], chunk.data(), chunk.size(), 0) > 0) {
        }
        reader->watch->await_writable();
    };
    const auto empty = [&] {
        while (::recv(pair[1], sink.data(), sink.size(), 0) > 0) {
        }
    };
    reader->writable_calls_max = 2;
    reader->then_fill = fill;
    fill();
    runtime::Timer second(shard.timers(), [&] {
        EXPECT_EQ(reader->writable_calls, 1);
        empty();
    });
    runtime::Timer first(shard.timers(), [&] {
        EXPECT_EQ(reader->writable_calls, 0);
        empty();
        second.schedule(shard.now().instant.plus_ms(20));
    });
    first.schedule(shard.now().instant.plus_ms(20));
    shard.run();
    EXPECT_EQ(reader->writable_calls, 2);
}

TEST_F(readiness, a_descriptor_that_cannot_be_watched_fails_when_read) {
    Reader refused(shard, -1);
    refused.watch->await_readable();
    shard.run();
    EXPECT_EQ(refused.outcome.kind, IoOutcome::Kind::failed);
}

}  // namespace
}  // namespace warren::net
