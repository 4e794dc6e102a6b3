#pragma once
// Field tables as they lie on the wire (AMQP 0-9-1, section 4.2.5.5, with RabbitMQ's type tags),
// read in place. Checking comes first and once: a TableView exists only over bytes that were found
// sound, so looking into one cannot fail.
//
//   entry: short string name | type tag | value        array item: type tag | value
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "amqp091/decode_fault.h"
#include "base/bytes.h"
#include "base/result.h"

namespace warren::amqp091 {

class FieldTable;
class FieldValue;

// Type tags. RabbitMQ reads both `l` and `L` as signed 64-bit integers and writes `l`
// (https://www.rabbitmq.com/docs/amqp-0-9-1-errata, section 3).
enum class FieldType : char {
    boolean = 't',
    int8 = 'b',
    uint8 = 'B',
    int16 = 's',
    uint16 = 'u',
    int32 = 'I',
    uint32 = 'i',
    int64 = 'l',
    float32 = 'f',
    float64 = 'd',
    decimal = 'D',
    long_string = 'S',
    bytes = 'x',
    timestamp = 'T',
    table = 'F',
    array = 'A',
    none = 'V',
};

// RabbitMQ's name of a type, as its error texts have it: "longstr", "signedint".
std::string_view type_name(FieldType type);

// One value in place. `value` is what follows the tag, without the length of those that have one.
struct FieldView {
    FieldType type = FieldType::none;
    ByteView value;

    // Any of the seven integer types.
    std::optional<std::int64_t> as_integer() const;
    std::optional<std::string_view> as_text() const;  // long strings only
    std::optional<bool> as_bool() const;
    std::optional<std::uint64_t> as_timestamp() const;
    FieldValue decode() const;
};

// The entries of a table, without its length. Borrows.
class TableView {
public:
    TableView() = default;

    // Walks the whole table with all that is nested in it.
    static Result<TableView, DecodeFault> check(ByteView entries);
    // For bytes that were checked before, or that a FieldTable has written.
    static TableView of_checked(ByteView entries) { return TableView(entries); }

    bool empty() const { return entries_.empty(); }
    ByteView bytes() const { return entries_; }
    // The first field of that name, as RabbitMQ takes it when there are several.
    std::optional<FieldView> find(std::string_view name) const;
    // Calls visit(name, FieldView) in wire order.
    template <typename Visitor>
    void for_each(Visitor&& visit) const;
    FieldTable decode() const;

    friend bool operator==(TableView left, TableView right) {
        return as_text(left.entries_) == as_text(right.entries_);
    }

private:
    explicit TableView(ByteView entries) : entries_(entries) {}

    ByteView entries_;
};

using FieldArray = std::vector<FieldValue>;

// The items of an array, without its length. Borrows; exists over checked bytes only.
class ArrayView {
public:
    // From a value of type array in a checked table.
    explicit ArrayView(FieldView array) : items_(array.value) {}

    // Calls visit(FieldView) in order.
    template <typename Visitor>
    void for_each(Visitor&& visit) const;
    FieldArray decode() const;

private:
    ByteView items_;
};

namespace detail {
// Takes a tag and its value from checked bytes and moves `rest` behind them.
FieldView take_field(ByteView& rest);
inline std::string_view take_name(ByteView& rest) {
    const auto size = std::to_integer<std::size_t>(rest[0]);
    const auto name = as_text(rest.subspan(1, size));
    rest = rest.subspan(1 + size);
    return name;
}
}  // namespace detail

template <typename Visitor>
void TableView::for_each(Visitor&& visit) const {
    for (ByteView rest = entries_; !rest.empty();) {
        const auto name = detail::take_name(rest);
        visit(name, detail::take_field(rest));
    }
}

template <typename Visitor>
void ArrayView::for_each(Visitor&& visit) const {
    for (ByteView rest = items_; !rest.empty();)
        visit(detail::take_field(rest));
}

}  // namespace warren::amqp091
