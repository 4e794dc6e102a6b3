#pragma once
// Internet addresses as plain values, and how they look in logs.
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace warren::net {

// One end of a TCP connection. An IPv4 address that came over an IPv6 socket is an IPv4 address.
struct SocketAddress {
    std::string host;  // numeric, without brackets
    std::uint16_t port = 0;

    bool is_loopback() const;
    // "127.0.0.1:5672", "[::1]:5672"
    std::string to_text() const;
    bool operator==(const SocketAddress&) const = default;
};

// A SocketAddress as the kernel wants it.
struct KernelAddress {
    sockaddr_storage storage{};
    socklen_t bytes = sizeof(sockaddr_storage);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Nothing if the host is not a numeric address.
std::optional<KernelAddress> to_kernel(const SocketAddress& address);
// Neither IPv4 nor IPv6 (a local socket) gives an empty host.
SocketAddress from_kernel(const KernelAddress& address);

// Texts of addresses in network byte order.
std::string ipv4_text(const void* four_bytes);
std::string ipv6_text(const void* sixteen_bytes);

}  // namespace warren::net
