#include "net/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace warren::net {

namespace {

using Parsed = Result<ProxyHeader, std::string>;

constexpr std::string_view v1_start = "PROXY ";
constexpr std::size_t v1_bytes_max = 107;  // with the line end
constexpr std::string_view v2_start{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v2_head_bytes = 16;
// Addresses take 216 bytes at most; the rest would be extensions.
constexpr std::size_t v2_body_bytes_max = 4096;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (error != std::errc{} || end != text.data() + text.size() || leading_zero)
        return std::nullopt;
    return port;
}

// Splits at single spaces; anything but `Count` words gives nothing.
template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> split_words(std::string_view line) {
    std::array<std::string_view, Count> words;
    for (std::size_t index = 0; index < Count; ++index) {
        const std::size_t space = line.find(' ');
        if ((space == std::string_view::npos) != (index + 1 == Count)) return std::nullopt;
        words[index] = line.substr(0, space);
        if (words[index].empty()) return std::nullopt;
        if (space != std::string_view::npos) line.remove_prefix(space + 1);
    }
    return words;
}

bool is_address_of_family(const SocketAddress& address, bool v6) {
    const bool looks_v6 = address.host.find(':') != std::string::npos;
    return looks_v6 == v6 && to_kernel(address).has_value();
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 40000 5672\r\n"
Parsed parse_v1(std::string_view input) {
    const std::size_t line_end = input.substr(0, v1_bytes_max).find("\r\n");
    if (line_end == std::string_view::npos) {
        if (input.size() >= v1_bytes_max) return fail(std::string("its line does not end"));
        return ProxyHeader{};
    }
    ProxyHeader header{.bytes = line_end + 2, .source = {}, .destination = {}};
    const std::string_view line = input.substr(v1_start.size(), line_end - v1_start.size());
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return header;
    const auto words = split_words<5>(line);
    if (!words) return fail(std::string("its line is not made of six words"));
    const auto& [family, source_host, destination_host, source_port, destination_port] = *words;
    if (family != "TCP4" && family != "TCP6")
        return fail(std::string("it is neither TCP4, TCP6 nor UNKNOWN"));
    const auto from = parse_port(source_port);
    const auto to = parse_port(destination_port);
    if (!from || !to) return fail(std::string("a port is not a number from 0 to 65535"));
    header.source = SocketAddress{std::string(source_host), *from};
    header.destination = SocketAddress{std::string(destination_host), *to};
    const bool v6 = family == "TCP6";
    if (!is_address_of_family(*header.source, v6) || !is_address_of_family(*header.destination, v6))
        return fail(std::string("an address is not one of its family"));
    return header;
}

// Start, version and command, family and transport, length of what follows; then the addresses.
Parsed parse_v2(ByteView input) {
    ByteReader reader(input);
    reader.bytes(v2_start.size());
    const std::uint8_t version_and_command = reader.u8();
    const std::uint8_t family_and_transport = reader.u8();
    const std::size_t body_bytes = reader.u16();
    if (!reader.ok()) return ProxyHeader{};
    const unsigned command = version_and_command & 0x0f;
    if (version_and_command >> 4 != 2) return fail(std::string("its version is not 2"));
    if (command > 1) return fail(std::string("its command is neither LOCAL nor PROXY"));
    if (body_bytes > v2_body_bytes_max) return fail(std::string("it is too long"));
    const ByteView body = reader.bytes(body_bytes);
    if (!reader.ok()) return ProxyHeader{};

    ProxyHeader header{.bytes = v2_head_bytes + body_bytes, .source = {}, .destination = {}};
    constexpr std::uint8_t tcp_over_ipv4 = 0x11;
    constexpr std::uint8_t tcp_over_ipv6 = 0x21;
    const bool v6 = family_and_transport == tcp_over_ipv6;
    if (command == 0 || (!v6 && family_and_transport != tcp_over_ipv4)) return header;
    ByteReader addresses(body);
    const std::size_t address_bytes = v6 ? 16 : 4;
    const ByteView source = addresses.bytes(address_bytes);
    const ByteView destination = addresses.bytes(address_bytes);
    const std::uint16_t source_port = addresses.u16();
    const std::uint16_t destination_port = addresses.u16();
    if (!addresses.ok()) return fail(std::string("it is too short for its addresses"));
    const auto text = v6 ? ipv6_text : ipv4_text;
    header.source = SocketAddress{text(source.data()), source_port};
    header.destination = SocketAddress{text(destination.data()), destination_port};
    return header;
}

}  // namespace

Parsed parse_proxy_header(ByteView input) {
    const std::string_view text = as_text(input);
    for (const std::string_view start : {v1_start, v2_start}) {
        const std::size_t shared = std::min(start.size(), text.size());
        if (text.substr(0, shared) != start.substr(0, shared)) continue;
        if (shared < start.size()) return ProxyHeader{};
        return start == v1_start ? parse_v1(text) : parse_v2(input);
    }
    return fail(std::string("there is none"));
}

}  // namespace warren::net
