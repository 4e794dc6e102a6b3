#pragma once
// Decoded field tables: argument tables of queues, exchanges, bindings and consumers, and headers
// while they are changed. Order and wire types are kept, names may repeat (the first counts), and
// what was decoded encodes to the same bytes (but for `L`, which RabbitMQ writes as `l`).
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "amqp091/table_view.h"
#include "base/bytes.h"

namespace warren::amqp091 {

struct Field;

class FieldTable {
public:
    // All out of line: Field is incomplete here.
    FieldTable() noexcept;
    FieldTable(std::initializer_list<Field> fields);
    FieldTable(const FieldTable&);
    FieldTable(FieldTable&&) noexcept;
    FieldTable& operator=(const FieldTable&);
    FieldTable& operator=(FieldTable&&) noexcept;
    ~FieldTable();

    bool empty() const;
    std::size_t size() const;
    const Field* begin() const;
    const Field* end() const;

    // The first field of that name, or null.
    const FieldValue* find(std::string_view name) const;
    // Appends, whether or not the name is there already.
    void add(std::string_view name, FieldValue value);
    // Replaces the first field of that name, or appends.
    void set(std::string_view name, FieldValue value);
    // Adds a field at the front, where RabbitMQ puts the headers it adds itself.
    void push_front(std::string_view name, FieldValue value);
    // Removes all fields of that name; says whether there were any.
    bool remove(std::string_view name);
    // Orders the fields by name, equal names as they stand: how RabbitMQ compares the arguments of
    // bindings.
    void sort_by_name();

    // The entries in wire form, without the length before them.
    std::string encode() const;
    void append_to(std::string& output) const;

    // Same fields, types and order.
    friend bool operator==(const FieldTable& left, const FieldTable& right);

private:
    std::vector<Field> fields_;
};

struct Decimal {
    std::uint8_t scale = 0;
    std::uint32_t digits = 0;
    friend bool operator==(const Decimal&, const Decimal&) = default;
};
struct Timestamp {
    std::uint64_t seconds = 0;  // since 1970
    friend bool operator==(const Timestamp&, const Timestamp&) = default;
};
// Type `x`: told apart from long strings, though both hold any bytes.
struct ByteArray {
    std::string bytes;
    friend bool operator==(const ByteArray&, const ByteArray&) = default;
};

namespace detail {
template <typename Value, typename Variant>
inline constexpr bool is_alternative = false;
template <typename Value, typename... Alternatives>
inline constexpr bool is_alternative<Value, std::variant<Alternatives...>> =
    (std::is_same_v<Value, Alternatives> || ...);
}  // namespace detail

class FieldValue {
public:
    using Variant =
        std::variant<std::monostate, bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t,
                     std::int32_t, std::uint32_t, std::int64_t, float, double, Decimal, std::string,
                     ByteArray, Timestamp, FieldTable, FieldArray>;

    FieldValue() = default;  // void
    // Takes the exact wire type: FieldValue(std::int32_t{5}) is a signedint.
    template <typename Value>
        requires detail::is_alternative<Value, Variant>
    FieldValue(Value value) : value_(std::move(value)) {}
    FieldValue(std::string_view text) : value_(std::string(text)) {}
    FieldValue(const char* text) : value_(std::string(text)) {}

    FieldType type() const;
    // Any of the seven integer types.
    std::optional<std::int64_t> as_integer() const;
    const std::string* as_text() const { return std::get_if<std::string>(&value_); }
    const bool* as_bool() const { return std::get_if<bool>(&value_); }
    const FieldTable* as_table() const { return std::get_if<FieldTable>(&value_); }
    const FieldArray* as_array() const { return std::get_if<FieldArray>(&value_); }
    const Variant& variant() const { return value_; }

    // Type tag and value in wire form.
    void append_to(std::string& output) const;

    // Same type and value.
    friend bool operator==(const FieldValue&, const FieldValue&) = default;

private:
    Variant value_;
};

struct Field {
    std::string name;
    FieldValue value;
    friend bool operator==(const Field&, const Field&) = default;
};

inline bool FieldTable::empty() const {
    return fields_.empty();
}
inline std::size_t FieldTable::size() const {
    return fields_.size();
}
inline const Field* FieldTable::begin() const {
    return fields_.data();
}
inline const Field* FieldTable::end() const {
    return fields_.data() + fields_.size();
}

// Appends one entry of a table in wire form.
void append_field(std::string& output, std::string_view name, const FieldValue& value);
// The entries of a table without the fields of one name, all others byte for byte as they came.
std::string encode_without(TableView table, std::string_view name);

}  // namespace warren::amqp091
