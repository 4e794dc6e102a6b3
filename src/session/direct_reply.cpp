#include "session/direct_reply.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>

#include "base/ensure.h"

namespace warren::session {

namespace {

// Takes a hexadecimal number and the dot behind it from the front of the text.
bool take_number(std::string_view& text, std::uint64_t& value) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (fault != std::errc{} || end == text.data() + text.size() || *end != '.') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

}  // namespace

std::string direct_reply_name(const broker::ConsumerId& consumer) {
    return fmt::format("{}{:x}.{:x}.{:x}.{}", direct_reply_prefix, consumer.connection.value,
                       consumer.channel.value, consumer.number, random_name_part());
}

std::optional<broker::ConsumerId> direct_reply_consumer(std::string_view name) {
    if (!name.starts_with(direct_reply_prefix)) return std::nullopt;
    name.remove_prefix(direct_reply_prefix.size());
    std::uint64_t connection = 0;
    std::uint64_t channel = 0;
    std::uint64_t number = 0;
    if (!take_number(name, connection) || !take_number(name, channel) ||
        !take_number(name, number) || channel > UINT16_MAX || number > UINT32_MAX)
        return std::nullopt;
    return broker::ConsumerId{ConnectionId{connection},
                              ChannelId{static_cast<std::uint16_t>(channel)},
                              static_cast<std::uint32_t>(number)};
}

std::string random_name_part() {
    static constexpr char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<unsigned char, 16> random;
    ENSURE(RAND_bytes(random.data(), random.size()) == 1);
    std::string text;
    unsigned bits = 0;
    int bit_count = 0;
    for (unsigned char byte : random) {
        bits = (bits << 8) | byte;
        for (bit_count += 8; bit_count >= 6;) {
            bit_count -= 6;
            text += alphabet[(bits >> bit_count) & 63];
        }
    }
    text += alphabet[(bits << (6 - bit_count)) & 63];
    return text;
}

}  // namespace warren::session
