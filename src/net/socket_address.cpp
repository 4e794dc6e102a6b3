#include "net/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace warren::net {

bool SocketAddress::is_loopback() const {
    return host == "::1" || (host.starts_with("127.") && host.find(':') == std::string::npos);
}

std::string SocketAddress::to_text() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<KernelAddress> to_kernel(const SocketAddress& address) {
    KernelAddress result;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address.port);
        result.bytes = sizeof *v4;
        return result;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(address.port);
        result.bytes = sizeof *v6;
        return result;
    }
    return std::nullopt;
}

SocketAddress from_kernel(const KernelAddress& address) {
    if (address.storage.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
        return {ipv4_text(&v4->sin_addr), ntohs(v4->sin_port)};
    }
    if (address.storage.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
        return {ipv6_text(&v6->sin6_addr), ntohs(v6->sin6_port)};
    }
    return {};
}

std::string ipv4_text(const void* four_bytes) {
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, four_bytes, text, sizeof text);
}

std::string ipv6_text(const void* sixteen_bytes) {
    in6_addr address;
    std::memcpy(&address, sixteen_bytes, sizeof address);
    if (IN6_IS_ADDR_V4MAPPED(&address)) return ipv4_text(&address.s6_addr[12]);
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, &address, text, sizeof text);
}

}  // namespace warren::net
