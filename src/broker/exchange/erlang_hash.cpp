#include "broker/exchange/erlang_hash.h"

#include <array>
#include <bit>
#include <cstddef>

namespace warren::broker {

namespace {

// Terms are told apart by multiples of the golden ratio.
constexpr std::uint32_t golden_ratio = 0x9e37'79b9;
constexpr std::uint32_t kind_of_list_end = 2 * golden_ratio;
constexpr std::uint32_t kind_of_float = 12u * golden_ratio;
constexpr std::uint32_t kind_of_binary = 13u * golden_ratio;

// Bob Jenkins' mixing of 1996 (lookup2).
void mix(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c) {
    constexpr struct {
        int right1, left, right2;
    } rounds[] = {{13, 8, 13}, {12, 16, 5}, {3, 10, 15}};
    for (const auto& round : rounds) {
        a = (a - b - c) ^ (c >> round.right1);
        b = (b - c - a) ^ (a << round.left);
        c = (c - a - b) ^ (b >> round.right2);
    }
}

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t word = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        word = word << 8 | static_cast<unsigned char>(bytes[i]);
    return word;
}

std::uint32_t block_hash(std::string_view bytes, std::uint32_t start) {
    constexpr std::size_t block_bytes = 12;
    const auto total = static_cast<std::uint32_t>(bytes.size());
    std::uint32_t a = golden_ratio;
    std::uint32_t b = golden_ratio;
    std::uint32_t c = start;
    for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes)) {
        a += little_endian(bytes.substr(0, 4));
        b += little_endian(bytes.substr(4, 4));
        c += little_endian(bytes.substr(8, 4));
        mix(a, b, c);
    }
    // In the last block the lowest byte of c is the length.
    a += little_endian(bytes.substr(0, 4));
    if (bytes.size() > 4) b += little_endian(bytes.substr(4, 4));
    c += total;
    if (bytes.size() > 8) c += little_endian(bytes.substr(8)) << 8;
    mix(a, b, c);
    return c;
}

// Erlang's exs1024 seeded with one number for all three parts of its seed: xorshift1024* by
// Sebastiano Vigna, its state filled by xorshift64*.
class Exs1024 {
public:
    explicit Exs1024(std::int64_t key) {
        const std::uint64_t part = (static_cast<std::uint64_t>(key) & mask21) + 1;
        std::uint64_t state = (part * 2097131 & mask21) << 43 | (part * 2097133 & mask21) << 22 |
                              (part * 2097143 & mask21) << 1 | 1;
        for (std::size_t i = state_.size(); i-- > 0;) {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state_[i] = state * 2685821657736338717ULL;
        }
    }

    // In [0, 1].
    double next() {
        const std::uint64_t first = state_[at_];
        at_ = (at_ + 1) % state_.size();
        std::uint64_t second = state_[at_];
        second ^= second << 31;
        second ^= second >> 11;
        state_[at_] = first ^ (first >> 30) ^ second;
        return static_cast<double>(state_[at_] * 1181783497276652981ULL) * 0x1p-64;
    }

private:
    static constexpr std::uint64_t mask21 = (1u << 21) - 1;

    std::array<std::uint64_t, 16> state_{};
    std::size_t at_ = 0;
};

}  // namespace

void TermHash::mix_in(std::uint32_t first, std::uint32_t second, std::uint32_t kind) {
    std::uint32_t a = kind + first;
    std::uint32_t b = kind + second;
    mix(a, b, hash_);
}

void TermHash::add_binary(std::string_view bytes) {
    const std::uint32_t start = kind_of_binary + hash_;
    hash_ = bytes.empty() ? start : block_hash(bytes, start);
}

void TermHash::add_float(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
    mix_in(static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits), kind_of_float);
}

void TermHash::add_nil() {
    constexpr std::uint32_t tag_of_nil = 2;
    mix_in(tag_of_nil, 0, kind_of_list_end);
}

std::uint32_t hash_of_binary(std::string_view bytes) {
    TermHash hash;
    hash.add_binary(bytes);
    return hash.value();
}

std::uint32_t hash_of_float(double value) {
    TermHash hash;
    hash.add_float(value);
    return hash.value();
}

std::uint64_t jump_consistent_hash(std::int64_t key, std::uint64_t buckets) {
    if (buckets == 1) return 0;
    Exs1024 random(key);
    std::uint64_t bucket = 0;
    for (;;) {
        // Compared before it becomes an integer: a draw of 0 leads to infinity.
        const double next = static_cast<double>(bucket + 1) / random.next();
        if (next >= static_cast<double>(buckets)) return bucket;
        bucket = static_cast<std::uint64_t>(next);
    }
}

}  // namespace warren::broker
