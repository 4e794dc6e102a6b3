#pragma once
// The hashes by which RabbitMQ spreads messages over destinations, value for value: whoever moves
// from there finds each key in the queue where it was. They are Erlang's portable term hash, for
// the few kinds of terms that occur here, and jump consistent hash driven by Erlang's exs1024
// generator.
#include <cstdint>
#include <string_view>

namespace warren::broker {

// erlang:phash2/1 of one term, built up from its parts in order.
class TermHash {
public:
    void add_binary(std::string_view bytes);
    void add_float(double value);
    // The end of a list, whose elements were added before it.
    void add_nil();
    // 27 bits.
    std::uint32_t value() const { return hash_ & 0x7ff'ffff; }

private:
    void mix_in(std::uint32_t first, std::uint32_t second, std::uint32_t kind);

    std::uint32_t hash_ = 0;
};

std::uint32_t hash_of_binary(std::string_view bytes);
std::uint32_t hash_of_float(double value);
// Of the atoms.
inline constexpr std::uint32_t hash_of_undefined = 45'914'356;
inline constexpr std::uint32_t hash_of_true = 506'293;
inline constexpr std::uint32_t hash_of_false = 7'111'573;

// Maps a key to one of `buckets` (at least one) so that a bucket more or less moves only the keys
// that must move (Lamping and Veach, 2014).
std::uint64_t jump_consistent_hash(std::int64_t key, std::uint64_t buckets);

}  // namespace warren::broker
