#pragma once
// What several tests of the codec need: bytes written as text, and a table with every type in it.
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "base/bytes.h"
#include "base/prng.h"

namespace warren::amqp091::test {

// Keeps zero bytes: "\0ab"_bytes has three characters.
constexpr std::string_view operator""_bytes(const char* text, std::size_t size) {
    return {text, size};
}

inline std::string garbage(Prng& prng, std::size_t bytes) {
    std::string text(bytes, '\0');
    for (char& character : text)
        character = static_cast<char>(prng.next());
    return text;
}

inline FieldTable table_of_every_type() {
    return FieldTable{
        {"bool", FieldValue(true)},
        {"byte", FieldValue(std::int8_t{-5})},
        {"unsignedbyte", FieldValue(std::uint8_t{250})},
        {"short", FieldValue(std::int16_t{-30000})},
        {"unsignedshort", FieldValue(std::uint16_t{60000})},
        {"signedint", FieldValue(std::int32_t{-2'000'000'000})},
        {"unsignedint", FieldValue(std::uint32_t{4'000'000'000})},
        {"long", FieldValue(std::int64_t{-9'000'000'000'000'000'000})},
        {"float", FieldValue(0.5F)},
        {"double", FieldValue(-1e300)},
        {"decimal", FieldValue(Decimal{2, 314})},
        {"longstr", FieldValue("text")},
        {"binary", FieldValue(ByteArray{std::string("\0\xff"_bytes)})},
        {"timestamp", FieldValue(Timestamp{1'700'000'000})},
        {"table", FieldValue(FieldTable{{"inner", FieldValue("value")}, {"none", FieldValue()}})},
        {"array", FieldValue(FieldArray{FieldValue("one"), FieldValue(std::int32_t{2}),
                                        FieldValue(FieldArray{}), FieldValue(FieldTable{})})},
        {"void", FieldValue()},
    };
}

// Entries of a table that holds a table that holds a table ... `levels` deep, the outermost not
// counted.
inline std::string nested_tables(int levels) {
    std::string entries;
    for (int level = 0; level < levels; ++level) {
        std::string outer;
        ByteWriter out(outer);
        out.short_string("t");
        out.u8('F');
        out.long_string(entries);
        entries = std::move(outer);
    }
    return entries;
}

}  // namespace warren::amqp091::test
