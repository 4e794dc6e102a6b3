#include "net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "net/test_sessions.h"

namespace warren::net {
namespace {

Socket connect_to(const SocketAddress& address) {
    auto kernel_address = to_kernel(address).value();
    Socket socket(::socket(kernel_address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.descriptor(), kernel_address.get(), kernel_address.bytes) != 0)
        socket.close();
    return socket;
}

// A listener on the shard for as long as the object lives.
class TestListener {
public:
    TestListener(TestShard& shard, std::vector<SocketSpreader::Target> targets,
                 TcpOptions options = {})
        : shard_(shard), spreader_(std::move(targets)) {
        auto socket = ListeningSocket::open({"127.0.0.1", 0}, options).value();
        shard_.run([&] {
            listener_ = std::make_unique<Listener>(shard_.shard(), std::move(socket),
                                                   TestShard::plain(), spreader_);
        });
    }
    explicit TestListener(TestShard& shard, TcpOptions options = {})
        : TestListener(shard, {{&shard.shard(), &shard.registry()}}, options) {}
    ~TestListener() {
        shard_.run([&] { listener_.reset(); });
    }

    const SocketAddress& address() const { return listener_->address(); }
    Listener& listener() { return *listener_; }

private:
    TestShard& shard_;
    SocketSpreader spreader_;
    std::unique_ptr<Listener> listener_;
};

TEST(listener, serves_what_it_accepts_and_tells_the_real_port) {
    TestShard shard;
    TestListener listener(shard);
    EXPECT_NE(listener.address().port, 0);
    const Socket client = connect_to(listener.address());
    ASSERT_TRUE(client.is_open());
    send_all(client, frame_of("hello"));
    EXPECT_EQ(receive(client, 9), frame_of("hello"));
    shard.run([&] {
        EXPECT_EQ(shard.script.peer.local, listener.address());
        EXPECT_EQ(shard.script.peer.peer.host, "127.0.0.1");
        EXPECT_EQ(shard.script.peer.listener, "test");
    });
}

TEST(listener, two_connections_land_on_two_shards) {
    TestShard left;
    TestShard right;
    TestListener listener(left,
                          {{&left.shard(), &left.registry()}, {&right.shard(), &right.registry()}});
    std::vector<Socket> clients;
    for (int n = 0; n < 4; ++n)
        clients.push_back(connect_to(listener.address()));
    EXPECT_TRUE(left.eventually([&] { return left.registry().size() == 2; }));
    EXPECT_TRUE(right.eventually([&] { return right.registry().size() == 2; }));
}

TEST(listener, an_address_in_use_is_an_error_that_names_it) {
    const auto first = ListeningSocket::open({"127.0.0.1", 0}, {}).value();
    const auto second = ListeningSocket::open(first.address, {});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), "cannot listen on 127.0.0.1:" + std::to_string(first.address.port) +
                                  ": Address already in use");
    EXPECT_FALSE(ListeningSocket::open({"not an address", 1}, {}).has_value());
}

TEST(listener, accepted_sockets_have_the_listener_s_options) {
    TestShard shard;
    TcpOptions options;
    options.keepalive = true;
    options.send_buffer_bytes = 20'000;
    const auto listening = ListeningSocket::open({"127.0.0.1", 0}, options).value();
    const Socket client = connect_to(listening.address);
    const Socket accepted(::accept(listening.socket.descriptor(), nullptr, nullptr));
    const auto value_of = [&](int level, int option) {
        int value = 0;
        socklen_t bytes = sizeof value;
        ::getsockopt(accepted.descriptor(), level, option, &value, &bytes);
        return value;
    };
    EXPECT_EQ(value_of(IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(value_of(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(value_of(SOL_SOCKET, SO_SNDBUF), 40'000);  // Linux doubles it
    linger lingering{};
    socklen_t bytes = sizeof lingering;
    ::getsockopt(accepted.descriptor(), SOL_SOCKET, SO_LINGER, &lingering, &bytes);
    EXPECT_EQ(lingering.l_onoff, 1);
    EXPECT_EQ(lingering.l_linger, 0);
}

TEST(listener, listens_on_ipv4_and_ipv6_together) {
    auto listening = ListeningSocket::open({"::", 0}, {});
    ASSERT_TRUE(listening.has_value()) << listening.error();
    EXPECT_TRUE(connect_to({"127.0.0.1", listening->address.port}).is_open());
}

TEST(listener, closing_it_leaves_its_connections) {
    TestShard shard;
    auto listener = std::make_unique<TestListener>(shard);
    const SocketAddress address = listener->address();
    const Socket client = connect_to(address);
    send_all(client, frame_of("a"));
    EXPECT_EQ(receive(client, 5), frame_of("a"));
    listener.reset();
    EXPECT_FALSE(connect_to(address).is_open());
    send_all(client, frame_of("b"));
    EXPECT_EQ(receive(client, 5), frame_of("b"));
}

// While it lives, the process can open no more descriptors.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // New descriptors are numbered from the lowest free one.
        const int lowest_free = ::dup(0);
        ::close(lowest_free);
        rlimit tight = before_;
        tight.rlim_cur = static_cast<rlim_t>(lowest_free);
        ::setrlimit(RLIMIT_NOFILE, &tight);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST(listener, waits_quietly_while_descriptors_are_short_and_then_goes_on) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizers check memory by way of a pipe and need descriptors themselves";
#endif
    TestShard shard;
    TestListener listener(shard);
    // Connecting needs a descriptor too, which must be there before they run out.
    Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto address = to_kernel(listener.address()).value();
    const auto turns = [&] { return shard.run([&] { return shard.shard().stats().turns; }); };
    {
        const NoMoreDescriptors none;
        ASSERT_EQ(::connect(client.descriptor(), address.get(), address.bytes), 0);
        const auto before = turns();
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        EXPECT_LE(turns() - before, 20u);
        EXPECT_EQ(shard.run([&] { return shard.registry().size(); }), 0u);
    }
    send_all(client, frame_of("patience"));
    EXPECT_EQ(receive(client, 12), frame_of("patience"));
}

}  // namespace
}  // namespace warren::net
