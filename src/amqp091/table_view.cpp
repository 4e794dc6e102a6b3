#include "amqp091/table_view.h"

#include <array>
#include <bit>
#include <optional>

#include "amqp091/field_table.h"
#include "base/limits.h"

namespace warren::amqp091 {

namespace {

constexpr std::uint8_t unknown_tag = 0xff;
constexpr std::uint8_t length_prefixed = 0xfe;

// Bytes of a value by its type tag.
constexpr auto value_bytes_by_tag = [] {
    std::array<std::uint8_t, 256> bytes{};
    bytes.fill(unknown_tag);
    for (const char tag : {'V'})
        bytes[static_cast<unsigned char>(tag)] = 0;
    for (const char tag : {'t', 'b', 'B'})
        bytes[static_cast<unsigned char>(tag)] = 1;
    for (const char tag : {'s', 'u'})
        bytes[static_cast<unsigned char>(tag)] = 2;
    for (const char tag : {'I', 'i', 'f'})
        bytes[static_cast<unsigned char>(tag)] = 4;
    bytes['D'] = 5;
    for (const char tag : {'l', 'L', 'd', 'T'})
        bytes[static_cast<unsigned char>(tag)] = 8;
    for (const char tag : {'S', 'x', 'F', 'A'})
        bytes[static_cast<unsigned char>(tag)] = length_prefixed;
    return bytes;
}();

using Fault = std::optional<DecodeFault>;

Fault check_items(ByteView items, bool named, int depth);

// Moves the reader behind one tag and value. The depth is bounded, so the recursion is.
Fault check_value(ByteReader& in, int depth) {
    const std::uint8_t tag = in.u8();
    const std::uint8_t bytes = value_bytes_by_tag[tag];
    if (!in.ok()) return DecodeFault::truncated;
    if (bytes == unknown_tag) return DecodeFault::unknown_field_type;
    if (bytes != length_prefixed) {
        in.bytes(bytes);
        return in.ok() ? Fault{} : DecodeFault::truncated;
    }
    const ByteView value = in.long_string();
    if (!in.ok()) return DecodeFault::truncated;
    if (tag != 'F' && tag != 'A') return {};
    if (depth == limits::field_table_depth_max) return DecodeFault::nested_too_deep;
    return check_items(value, tag == 'F', depth + 1);
}

Fault check_items(ByteView items, bool named, int depth) {
    ByteReader in(items);
    while (!in.at_end()) {
        if (named) in.short_string();
        if (!in.ok()) return DecodeFault::truncated;
        if (const Fault fault = check_value(in, depth)) return fault;
    }
    return {};
}

template <typename Unsigned>
Unsigned unsigned_of(ByteView value) {
    return load_big_endian<Unsigned>(value.data());
}

}  // namespace

std::string_view type_name(FieldType type) {
    switch (type) {
        case FieldType::boolean:
            return "bool";
        case FieldType::int8:
            return "byte";
        case FieldType::uint8:
            return "unsignedbyte";
        case FieldType::int16:
            return "short";
        case FieldType::uint16:
            return "unsignedshort";
        case FieldType::int32:
            return "signedint";
        case FieldType::uint32:
            return "unsignedint";
        case FieldType::int64:
            return "long";
        case FieldType::float32:
            return "float";
        case FieldType::float64:
            return "double";
        case FieldType::decimal:
            return "decimal";
        case FieldType::long_string:
            return "longstr";
        case FieldType::bytes:
            return "binary";
        case FieldType::timestamp:
            return "timestamp";
        case FieldType::table:
            return "table";
        case FieldType::array:
            return "array";
        case FieldType::none:
            return "void";
    }
    return {};
}

std::optional<std::int64_t> FieldView::as_integer() const {
    switch (type) {
        case FieldType::int8:
            return static_cast<std::int8_t>(unsigned_of<std::uint8_t>(value));
        case FieldType::uint8:
            return unsigned_of<std::uint8_t>(value);
        case FieldType::int16:
            return static_cast<std::int16_t>(unsigned_of<std::uint16_t>(value));
        case FieldType::uint16:
            return unsigned_of<std::uint16_t>(value);
        case FieldType::int32:
            return static_cast<std::int32_t>(unsigned_of<std::uint32_t>(value));
        case FieldType::uint32:
            return unsigned_of<std::uint32_t>(value);
        case FieldType::int64:
            return static_cast<std::int64_t>(unsigned_of<std::uint64_t>(value));
        default:
            return {};
    }
}

std::optional<std::string_view> FieldView::as_text() const {
    if (type != FieldType::long_string) return {};
    return warren::as_text(value);
}

std::optional<bool> FieldView::as_bool() const {
    if (type != FieldType::boolean) return {};
    return value[0] != std::byte{0};
}

std::optional<std::uint64_t> FieldView::as_timestamp() const {
    if (type != FieldType::timestamp) return {};
    return unsigned_of<std::uint64_t>(value);
}

FieldValue FieldView::decode() const {
    switch (type) {
        case FieldType::boolean:
            return *as_bool();
        case FieldType::int8:
            return static_cast<std::int8_t>(*as_integer());
        case FieldType::uint8:
            return static_cast<std::uint8_t>(*as_integer());
        case FieldType::int16:
            return static_cast<std::int16_t>(*as_integer());
        case FieldType::uint16:
            return static_cast<std::uint16_t>(*as_integer());
        case FieldType::int32:
            return static_cast<std::int32_t>(*as_integer());
        case FieldType::uint32:
            return static_cast<std::uint32_t>(*as_integer());
        case FieldType::int64:
            return *as_integer();
        case FieldType::float32:
            return std::bit_cast<float>(unsigned_of<std::uint32_t>(value));
        case FieldType::float64:
            return std::bit_cast<double>(unsigned_of<std::uint64_t>(value));
        case FieldType::decimal:
            return Decimal{unsigned_of<std::uint8_t>(value),
                           unsigned_of<std::uint32_t>(value.subspan(1))};
        case FieldType::long_string:
            return warren::as_text(value);
        case FieldType::bytes:
            return ByteArray{std::string(warren::as_text(value))};
        case FieldType::timestamp:
            return Timestamp{*as_timestamp()};
        case FieldType::table:
            return TableView::of_checked(value).decode();
        case FieldType::array:
            return ArrayView(*this).decode();
        case FieldType::none:
            return {};
    }
    return {};
}

Result<TableView, DecodeFault> TableView::check(ByteView entries) {
    if (const Fault fault = check_items(entries, true, 0)) return fail(*fault);
    return TableView(entries);
}

std::optional<FieldView> TableView::find(std::string_view name) const {
    for (ByteView rest = entries_; !rest.empty();) {
        const bool found = detail::take_name(rest) == name;
        const FieldView field = detail::take_field(rest);
        if (found) return field;
    }
    return {};
}

FieldTable TableView::decode() const {
    FieldTable table;
    for_each([&](std::string_view name, FieldView field) { table.add(name, field.decode()); });
    return table;
}

FieldArray ArrayView::decode() const {
    FieldArray array;
    for_each([&](FieldView item) { array.push_back(item.decode()); });
    return array;
}

namespace detail {

FieldView take_field(ByteView& rest) {
    const char tag = std::to_integer<char>(rest[0]);
    const std::uint8_t fixed = value_bytes_by_tag[static_cast<unsigned char>(tag)];
    std::size_t start = 1;
    std::size_t bytes = fixed;
    if (fixed == length_prefixed) {
        bytes = unsigned_of<std::uint32_t>(rest.subspan(1));
        start += sizeof(std::uint32_t);
    }
    const FieldView field{tag == 'L' ? FieldType::int64 : FieldType{tag},
                          rest.subspan(start, bytes)};
    rest = rest.subspan(start + bytes);
    return field;
}

}  // namespace detail

}  // namespace warren::amqp091
