#include "net/listening_socket.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace warren::net {

namespace {

bool set(const Socket& socket, int level, int option, int value) {
    return ::setsockopt(socket.descriptor(), level, option, &value, sizeof value) == 0;
}

// Accepted sockets inherit all of these. False with errno set.
bool use_options(const Socket& socket, const TcpOptions& options, bool any_address_v6) {
    bool fine = set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    // The system's default for the two families on one socket is somebody's setting.
    if (any_address_v6) fine = fine && set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (options.nodelay) fine = fine && set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.keepalive) fine = fine && set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (options.receive_buffer_bytes)
        fine = fine && set(socket, SOL_SOCKET, SO_RCVBUF, int(*options.receive_buffer_bytes));
    if (options.send_buffer_bytes)
        fine = fine && set(socket, SOL_SOCKET, SO_SNDBUF, int(*options.send_buffer_bytes));
    if (options.reset_on_cut) {
        const linger none{.l_onoff = 1, .l_linger = 0};
        fine = fine &&
               ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0;
    }
    return fine;
}

}  // namespace

Result<ListeningSocket, std::string> ListeningSocket::open(const SocketAddress& address,
                                                           const TcpOptions& options) {
    const auto failed = [&](int error) {
        return fail(fmt::format("cannot listen on {}: {}", address.to_text(), error_text(error)));
    };
    auto kernel_address = to_kernel(address);
    if (!kernel_address) return failed(EADDRNOTAVAIL);
    const int family = kernel_address->storage.ss_family;
    Socket socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) {
        const bool no_ipv6 = errno == EAFNOSUPPORT && address.host == "::";
        if (no_ipv6) return open({"0.0.0.0", address.port}, options);
        return failed(errno);
    }
    if (!use_options(socket, options, address.host == "::") ||
        ::bind(socket.descriptor(), kernel_address->get(), kernel_address->bytes) != 0 ||
        ::listen(socket.descriptor(), int(options.backlog)) != 0)
        return failed(errno);
    KernelAddress bound;
    if (::getsockname(socket.descriptor(), bound.get(), &bound.bytes) != 0) return failed(errno);
    const std::uint16_t port = from_kernel(bound).port;
    return ListeningSocket{std::move(socket), {address.host, port}};
}

}  // namespace warren::net
