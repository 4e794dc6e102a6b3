#include "http/erlang_hash.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace warren::http {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

// What kind of term a number came from is told by a multiple of the golden ratio.
constexpr std::uint32_t constant(std::uint32_t kind) {
    constexpr std::uint32_t golden_ratio = 0x9E37'79B9;
    return golden_ratio * kind;
}
constexpr std::uint32_t small_integer = constant(1);
constexpr std::uint32_t empty_list = constant(2);
constexpr std::uint32_t atom_within = constant(3);
constexpr std::uint32_t tuple_arity = constant(9);
constexpr std::uint32_t negative_integer = constant(10);
constexpr std::uint32_t large_integer = constant(11);
constexpr std::uint32_t real_number = constant(12);
constexpr std::uint32_t binary = constant(13);

// Bob Jenkins's mixing of three words.
struct Words {
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;

    void mix() {
        a = (a - b - c) ^ (c >> 13);
        b = (b - c - a) ^ (a << 8);
        c = (c - a - b) ^ (b >> 13);
        a = (a - b - c) ^ (c >> 12);
        b = (b - c - a) ^ (a << 16);
        c = (c - a - b) ^ (b >> 5);
        a = (a - b - c) ^ (c >> 3);
        b = (b - c - a) ^ (a << 10);
        c = (c - a - b) ^ (b >> 15);
    }
};

// Up to four bytes, the lowest first.
std::uint32_t word_of(std::string_view bytes) {
    std::uint32_t word = 0;
    for (std::size_t n = 0; n < bytes.size(); ++n)
        word |= std::uint32_t{static_cast<unsigned char>(bytes[n])} << (8 * n);
    return word;
}

std::uint32_t hash_of_bytes(std::string_view bytes, std::uint32_t seed) {
    constexpr std::size_t block_bytes = 12;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    const auto part = [&](std::size_t at, std::size_t count) {
        return word_of(bytes.substr(std::min(at, bytes.size()), count));
    };
    Words words{small_integer, small_integer, seed};
    for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes)) {
        words.a += part(0, 4);
        words.b += part(4, 4);
        words.c += part(8, 4);
        words.mix();
    }
    words.a += part(0, 4);
    words.b += part(4, 4);
    // Its lowest byte is the length's.
    words.c += length + (part(8, 3) << 8);
    words.mix();
    return words.c;
}

// P. J. Weinberger's hash, with which Erlang finds atoms.
std::uint32_t hash_of_atom(std::string_view name) {
    constexpr std::uint32_t highest = 0xF000'0000;
    std::uint32_t hash = 0;
    for (const char letter : name) {
        hash = (hash << 4) + static_cast<unsigned char>(letter);
        const std::uint32_t over = hash & highest;
        hash ^= over >> 24;
        hash &= ~highest;
    }
    return hash;
}

// Takes a term apart from left to right, as Erlang does.
class TermHash {
public:
    std::uint32_t value() const { return hash_; }

    // [{Name, Type, Value}, ...]
    void add_table(const FieldTable& table) {
        for (const auto& field : table) {
            add_tuple(3);
            add_binary(field.name);
            add_typed(field.value);
        }
        add_end_of_list();
    }

private:
    void mix(std::uint32_t left, std::uint32_t right, std::uint32_t kind) {
        Words words{kind + left, kind + right, hash_};
        words.mix();
        hash_ = words.c;
    }
    void add_tuple(std::uint32_t arity) { mix(arity, 0, tuple_arity); }
    void add_end_of_list() {
        // Of the empty list by itself.
        constexpr std::uint32_t alone = 3'468'870'702;
        if (hash_ == 0)
            hash_ = alone;
        else
            mix(2, 0, empty_list);
    }
    void add_atom(std::string_view name) {
        if (hash_ == 0)
            hash_ = hash_of_atom(name);
        else
            mix(hash_of_atom(name), 0, atom_within);
    }
    void add_binary(std::string_view bytes) {
        const std::uint32_t seed = binary + hash_;
        hash_ = bytes.empty() ? seed : hash_of_bytes(bytes, seed);
    }
    // Integers of 28 bits are small ones; of others their digits count.
    void add_integer(std::int64_t number) {
        constexpr std::int64_t small_end = std::int64_t{1} << 27;
        const std::uint64_t size = number < 0 ? 0 - static_cast<std::uint64_t>(number)
                                              : static_cast<std::uint64_t>(number);
        if (number < -small_end || number >= small_end)
            return mix(static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(size >> 32),
                       number < 0 ? negative_integer : large_integer);
        if (number < 0) mix(static_cast<std::uint32_t>(size), 0, small_integer);
        mix(static_cast<std::uint32_t>(number), 0, small_integer);
    }
    void add_real(double number) {
        const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
        mix(static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits), real_number);
    }

    // The type and then the value.
    void add_typed(const FieldValue& value) {
        std::visit([this](const auto& held) { add(held); }, value.variant());
    }
    void add(std::monostate) {
        add_atom("void");
        add_atom("undefined");
    }
    void add(bool value) {
        add_atom("bool");
        add_atom(value ? "true" : "false");
    }
    template <typename Integer>
        requires std::is_integral_v<Integer>
    void add(Integer number) {
        constexpr bool is_signed = std::is_signed_v<Integer>;
        if constexpr (sizeof(Integer) == 1)
            add_atom(is_signed ? "byte" : "unsignedbyte");
        else if constexpr (sizeof(Integer) == 2)
            add_atom(is_signed ? "short" : "unsignedshort");
        else if constexpr (sizeof(Integer) == 4)
            add_atom(is_signed ? "signedint" : "unsignedint");
        else
            add_atom("long");
        add_integer(number);
    }
    void add(float number) {
        add_atom("float");
        add_real(number);
    }
    void add(double number) {
        add_atom("double");
        add_real(number);
    }
    void add(const amqp091::Decimal& decimal) {
        add_atom("decimal");
        add_tuple(2);
        add_integer(decimal.scale);
        add_integer(decimal.digits);
    }
    void add(const std::string& text) {
        add_atom("longstr");
        add_binary(text);
    }
    void add(const amqp091::ByteArray& bytes) {
        add_atom("binary");
        add_binary(bytes.bytes);
    }
    void add(const amqp091::Timestamp& time) {
        add_atom("timestamp");
        add_integer(static_cast<std::int64_t>(time.seconds));
    }
    void add(const FieldTable& table) {
        add_atom("table");
        add_table(table);
    }
    void add(const amqp091::FieldArray& array) {
        add_atom("array");
        for (const FieldValue& each : array) {
            add_tuple(2);
            add_typed(each);
        }
        add_end_of_list();
    }

    std::uint32_t hash_ = 0;
};

}  // namespace

std::uint32_t erlang_hash(const FieldTable& table) {
    TermHash hash;
    hash.add_table(table);
    return hash.value();
}

}  // namespace warren::http
