#include "cli/pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "app/config/config_paths.h"

namespace warren::cli {

namespace {

std::string system_text(int error = errno) {
    return std::strerror(error);
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// Blocking again once it stands. The error is errno's.
Result<net::Socket, int> connect_to(const addrinfo& address, std::chrono::milliseconds patience) {
    net::Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) return fail(errno);
    const int descriptor = socket.descriptor();
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)
        return fail(errno);
    pollfd waited{descriptor, POLLOUT, 0};
    if (::poll(&waited, 1, static_cast<int>(patience.count())) != 1) return fail(ETIMEDOUT);
    int error = 0;
    socklen_t bytes = sizeof error;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) return fail(std::move(error));
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    return socket;
}

}  // namespace

Result<void, std::string> SocketPipe::send(ByteView bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return fail(system_text());
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<std::size_t, std::string> SocketPipe::receive(std::span<std::byte> into) {
    while (true) {
        const auto bytes = ::recv(socket_.descriptor(), into.data(), into.size(), 0);
        if (bytes >= 0) return static_cast<std::size_t>(bytes);
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return fail(std::string("it did not answer in time"));
        if (errno != EINTR) return fail(system_text());
    }
}

void SocketPipe::set_patience(Patience patience) {
    constexpr std::int64_t ms_per_s = 1000;
    constexpr std::int64_t us_per_ms = 1000;
    const std::int64_t ms = patience ? patience->count() : 0;  // 0: no limit
    const timeval wait{.tv_sec = ms / ms_per_s, .tv_usec = ms % ms_per_s * us_per_ms};
    ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

int SocketPipe::process() const {
    ucred peer{};
    socklen_t bytes = sizeof peer;
    if (::getsockopt(socket_.descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return 0;
    return peer.pid;
}

Result<std::unique_ptr<SocketPipe>, std::string> connect_to_folder(const std::string& data_folder) {
    // By the folder's descriptor: its path may be longer than an address of a socket can be.
    const net::Socket folder(::open(data_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return fail(fmt::format("{}: {}", data_folder, system_text()));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path =
        fmt::format("/proc/self/fd/{}/{}", folder.descriptor(), config::control_socket_name);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    net::Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open() ||
        ::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0)
        return fail(
            fmt::format("{}/{}: {}", data_folder, config::control_socket_name, system_text()));
    return std::make_unique<SocketPipe>(std::move(socket));
}

Result<std::unique_ptr<SocketPipe>, std::string> connect_to_host(
    const std::string& host, std::uint16_t port, std::chrono::milliseconds patience) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int unresolved =
        ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (unresolved != 0) return fail(fmt::format("{}: {}", host, ::gai_strerror(unresolved)));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    int error = ECONNREFUSED;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        auto socket = connect_to(*address, patience);
        if (socket) return std::make_unique<SocketPipe>(std::move(*socket));
        error = socket.error();
    }
    return fail(fmt::format("TCP to {} at port {}: {}", host, port, system_text(error)));
}

}  // namespace warren::cli
