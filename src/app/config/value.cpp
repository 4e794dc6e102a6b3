#include "app/config/value.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "app/config/numbers.h"
#include "app/config/pattern_check.h"
#include "base/log.h"

namespace warren::config {

namespace {

// The value of one alternative, or what to say if the reason is better known than "expected ...".
struct Refusal {
    std::string reason;  // empty: not of this type at all
};
using Parsed = Result<Value, Refusal>;

Parsed not_of_this_type() {
    return fail(Refusal{});
}
Parsed refuse(std::string reason) {
    return fail(Refusal{std::move(reason)});
}

Parsed in_range(std::optional<std::int64_t> number, const ValueType& type) {
    if (!number || *number < type.lowest || *number > type.highest) return not_of_this_type();
    return *number;
}

template <typename Number>
Parsed if_any(std::optional<Number> number) {
    if (!number) return not_of_this_type();
    return *number;
}

bool is_address(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_integer(text);
    if (!port || *port < 0 || *port > 65'535) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

// 127.0.0.1:5672, [::1]:5672, and ::1:5672 as RabbitMQ up to 4.3 wants it: the last colon
// separates.
Parsed parse_address_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return not_of_this_type();
    const auto port = parse_port(text.substr(colon + 1));
    std::string host(text.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || !is_address(host)) return not_of_this_type();
    return Address{std::move(host), *port};
}

Parsed parse_uri(std::string_view text) {
    const std::size_t colon = text.find("://");
    const bool has_host = colon != std::string_view::npos && colon > 0 && colon + 3 < text.size();
    if (!has_host || text.find_first_of(" \t\n") != std::string_view::npos)
        return not_of_this_type();
    return std::string(text);
}

Parsed parse_readable_file(std::string_view text) {
    std::string path(text);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return refuse("the file does not exist");
    if (access(path.c_str(), R_OK) != 0) return refuse("the file cannot be read by this user");
    return path;
}

Parsed parse_pem_file(std::string_view text) {
    auto path = parse_readable_file(text);
    if (!path) return path;
    // Certificates may follow pages of text; a whole bundle is some hundred kB.
    constexpr std::size_t pem_bytes_max = 4u << 20;
    std::string content(pem_bytes_max, '\0');
    std::ifstream file{std::string(text), std::ios::binary};
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.find("-----BEGIN ") == std::string::npos)
        return refuse("the file holds no PEM block ('-----BEGIN ...')");
    return path;
}

Parsed parse_writable_directory(std::string_view text) {
    std::string path(text);
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored))
        return refuse("the directory does not exist");
    if (access(path.c_str(), W_OK | X_OK) != 0)
        return refuse("the directory cannot be written to by this user");
    return path;
}

Parsed parse_regex(std::string_view text) {
    if (auto fault = find_pattern_fault(text)) return refuse(std::move(*fault));
    return std::string(text);
}

Parsed parse_comma_list(std::string_view text) {
    std::vector<std::string> items;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view item = text.substr(at, comma - at);
        const std::size_t first = item.find_first_not_of(' ');
        if (first != std::string_view::npos)
            items.emplace_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
        at = comma + 1;
    }
    return items;
}

Parsed parse_bool(std::string_view text, std::string_view yes, std::string_view no) {
    if (text != yes && text != no) return not_of_this_type();
    return text == yes;
}

Parsed parse_alternative(const ValueType& type, std::string_view text) {
    switch (type.kind) {
        case Kind::text:
        case Kind::word:
        case Kind::secret:
            return std::string(text);
        case Kind::boolean:
            return parse_bool(text, "true", "false");
        case Kind::on_off:
            return parse_bool(text, "on", "off");
        case Kind::integer:
            return in_range(parse_integer(text), type);
        case Kind::byte_size:
            return in_range(parse_byte_size(text), type);
        case Kind::memory_size:
            return if_any(parse_memory_size(text));
        case Kind::duration:
            return if_any(parse_duration_ms(text));
        case Kind::floating:
            return if_any(parse_float(text));
        case Kind::fraction: {
            const auto share = parse_float(text);
            return share && *share > 0 && *share < 1 ? Parsed(*share) : not_of_this_type();
        }
        case Kind::one_of:
            if (std::ranges::find(type.words, text) == type.words.end()) return not_of_this_type();
            return std::string(text);
        case Kind::port: {
            const auto port = parse_port(text);
            return port ? Parsed(Address{"", *port}) : not_of_this_type();
        }
        case Kind::address_port:
            return parse_address_port(text);
        case Kind::unix_socket:
            if (!text.starts_with("local:/")) return not_of_this_type();
            return refuse("unix domain sockets are not supported");
        case Kind::ip_address: {
            std::string host(text);
            return is_address(host) ? Parsed(std::move(host)) : not_of_this_type();
        }
        case Kind::uri:
            return parse_uri(text);
        case Kind::regex:
            return parse_regex(text);
        case Kind::readable_file:
            return parse_readable_file(text);
        case Kind::pem_file:
            return parse_pem_file(text);
        case Kind::writable_directory:
            return parse_writable_directory(text);
        case Kind::comma_list:
            return parse_comma_list(text);
    }
    return not_of_this_type();
}

std::string describe_range(std::string_view noun, const ValueType& type) {
    std::string text(noun);
    if (type.highest != INT64_MAX)
        return text + " from " + std::to_string(type.lowest) + " to " +
               std::to_string(type.highest);
    if (type.lowest != INT64_MIN) return text + " of at least " + std::to_string(type.lowest);
    return text;
}

std::string describe_words(std::span<const std::string_view> words) {
    if (words.size() == 1) return std::string(words[0]);
    std::string text = "one of ";
    for (const std::string_view word : words) {
        if (!text.ends_with("of ")) text += ", ";
        text += word;
    }
    return text;
}

std::string describe_one(const ValueType& type) {
    switch (type.kind) {
        case Kind::text:
            return "text";
        case Kind::word:
            return "a word";
        case Kind::secret:
            return "a secret";
        case Kind::boolean:
            return "true or false";
        case Kind::on_off:
            return "on or off";
        case Kind::integer:
            return describe_range("an integer", type);
        case Kind::byte_size:
            return describe_range("a number of bytes such as 131072, 128KB or 1MB", type);
        case Kind::memory_size:
            return "a size such as 1000000000, 500MB, 500MiB, 2GB or 2GiB";
        case Kind::duration:
            return "a duration such as 250ms, 30s, 5m or 1h30m";
        case Kind::floating:
            return "a number such as 0.6";
        case Kind::fraction:
            return "a number between 0 and 1 such as 0.5";
        case Kind::one_of:
            return describe_words(type.words);
        case Kind::port:
            return "a port from 0 to 65535";
        case Kind::address_port:
            return "an address and port such as 127.0.0.1:5672 or [::1]:5672";
        case Kind::unix_socket:
            return "local:/path:0";
        case Kind::ip_address:
            return "an IPv4 or IPv6 address";
        case Kind::uri:
            return "a URI such as http://host/path";
        case Kind::regex:
            return "a regular expression";
        case Kind::readable_file:
            return "a readable file";
        case Kind::pem_file:
            return "a readable file in PEM format";
        case Kind::writable_directory:
            return "a writable directory";
        case Kind::comma_list:
            return "a list separated by commas";
    }
    return "a value";
}

bool is_secret(std::span<const ValueType> types) {
    return types.front().kind == Kind::secret;
}

}  // namespace

Result<Value, std::string> parse_value(std::span<const ValueType> types, std::string_view text) {
    constexpr std::size_t excerpt_bytes_max = 120;
    std::string reason;
    for (const ValueType& type : types) {
        auto parsed = parse_alternative(type, text);
        if (parsed) return *std::move(parsed);
        if (!parsed.error().reason.empty()) reason = std::move(parsed.error().reason);
    }
    std::string message = "expected " + describe(types);
    if (!is_secret(types)) message += ", found '" + log::escaped(text, excerpt_bytes_max) + "'";
    if (!reason.empty()) message += ": " + reason;
    return fail(std::move(message));
}

std::string describe(std::span<const ValueType> types) {
    std::string text;
    for (const ValueType& type : types) {
        if (type.kind == Kind::unix_socket) continue;  // known, but never accepted
        if (!text.empty()) text += " or ";
        text += describe_one(type);
    }
    return text;
}

}  // namespace warren::config
