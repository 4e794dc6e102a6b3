#pragma once
// For tests of command codecs: what must hold for every command's bytes, whole, cut and damaged.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/command_layout.h"
#include "base/prng.h"

namespace warren::test {

// Makes up contents of members: often empty, with bytes of every kind.
class RandomMembers {
public:
    explicit RandomMembers(std::uint64_t seed) : random_(seed) {}

    Prng& random() { return random_; }
    bool flag() { return random_.below(2) == 0; }
    std::string text() {
        std::string made(random_.below(4) == 0 ? 0 : random_.below(40), '\0');
        for (char& byte : made)
            byte = static_cast<char>(random_.next());
        return made;
    }
    std::vector<std::string> texts() {
        std::vector<std::string> made(random_.below(4));
        for (auto& each : made)
            each = text();
        return made;
    }
    template <typename Make>
    auto maybe(Make&& make) -> std::optional<decltype(make())> {
        if (flag()) return std::nullopt;
        return make();
    }

private:
    Prng random_;
};

// `decode` gives a Result<Command, UnreadableCommand>, encode() is found beside the command.
template <typename Command, typename Decode>
void expect_sound_codec(const Command& command, Decode&& decode) {
    const std::string bytes = encode(command);
    const auto whole = decode(as_bytes(bytes));
    ASSERT_TRUE(whole.has_value()) << whole.error().text();
    EXPECT_EQ(*whole, command);
    for (std::size_t kept = 0; kept < bytes.size(); ++kept) {
        const auto cut = decode(as_bytes(bytes).first(kept));
        ASSERT_FALSE(cut.has_value()) << "cut after " << kept;
        EXPECT_EQ(cut.error().reason, UnreadableCommand::Reason::damaged) << "cut after " << kept;
    }
    EXPECT_FALSE(decode(as_bytes(bytes + '\0')).has_value());
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const unsigned change : {0x01u, 0x80u, 0xffu}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ change);
            const auto read = decode(as_bytes(damaged));
            if (!read) continue;
            // It is another command, then, and one that can be kept like any other.
            const std::string again = encode(*read);
            const auto reread = decode(as_bytes(again));
            ASSERT_TRUE(reread.has_value()) << "byte " << at;
            EXPECT_EQ(encode(*reread), again) << "byte " << at;
        }
}

// Numbers of types and versions stay what they are: the bytes of old logs name them.
template <typename Decode>
void expect_unknown_kinds_are_named(std::string known, Decode&& decode) {
    std::string other_version = known;
    other_version[1] = '\x07';
    const auto newer = decode(as_bytes(other_version));
    ASSERT_FALSE(newer.has_value());
    EXPECT_EQ(newer.error().reason, UnreadableCommand::Reason::unknown_version);
    EXPECT_EQ(newer.error().version, 7);
    std::string other_type = known;
    other_type[0] = '\xfe';
    const auto stranger = decode(as_bytes(other_type));
    ASSERT_FALSE(stranger.has_value());
    EXPECT_EQ(stranger.error().text(), "command type 254 is unknown to this version");
}

}  // namespace warren::test
