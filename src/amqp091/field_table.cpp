#include "amqp091/field_table.h"

#include <algorithm>
#include <bit>

namespace warren::amqp091 {

namespace {

// Tags in the order of FieldValue's alternatives.
constexpr FieldType types[] = {
    FieldType::none,        FieldType::boolean, FieldType::int8,      FieldType::uint8,
    FieldType::int16,       FieldType::uint16,  FieldType::int32,     FieldType::uint32,
    FieldType::int64,       FieldType::float32, FieldType::float64,   FieldType::decimal,
    FieldType::long_string, FieldType::bytes,   FieldType::timestamp, FieldType::table,
    FieldType::array,
};
static_assert(std::size(types) == std::variant_size_v<FieldValue::Variant>);

// Writes what follows the tag.
struct ValueWriter {
    std::string& output;
    ByteWriter out{output};

    void operator()(std::monostate) {}
    void operator()(bool value) { out.u8(value ? 1 : 0); }
    void operator()(std::int8_t value) { out.u8(static_cast<std::uint8_t>(value)); }
    void operator()(std::uint8_t value) { out.u8(value); }
    void operator()(std::int16_t value) { out.u16(static_cast<std::uint16_t>(value)); }
    void operator()(std::uint16_t value) { out.u16(value); }
    void operator()(std::int32_t value) { out.u32(static_cast<std::uint32_t>(value)); }
    void operator()(std::uint32_t value) { out.u32(value); }
    void operator()(std::int64_t value) { out.u64(static_cast<std::uint64_t>(value)); }
    void operator()(float value) { out.u32(std::bit_cast<std::uint32_t>(value)); }
    void operator()(double value) { out.u64(std::bit_cast<std::uint64_t>(value)); }
    void operator()(Decimal value) {
        out.u8(value.scale);
        out.u32(value.digits);
    }
    void operator()(const std::string& text) { out.long_string(text); }
    void operator()(const ByteArray& bytes) { out.long_string(bytes.bytes); }
    void operator()(Timestamp value) { out.u64(value.seconds); }
    void operator()(const FieldTable& table) {
        with_length([&] { table.append_to(output); });
    }
    void operator()(const FieldArray& array) {
        with_length([&] {
            for (const FieldValue& item : array)
                item.append_to(output);
        });
    }

private:
    template <typename Write>
    void with_length(Write&& write) {
        const std::size_t length_at = out.position();
        out.u32(0);
        write();
        const std::size_t bytes = out.position() - length_at - sizeof(std::uint32_t);
        out.patch_u32(length_at, static_cast<std::uint32_t>(bytes));
    }
};

}  // namespace

FieldTable::FieldTable() noexcept = default;
FieldTable::FieldTable(std::initializer_list<Field> fields) : fields_(fields) {}
FieldTable::FieldTable(const FieldTable&) = default;
FieldTable::FieldTable(FieldTable&&) noexcept = default;
FieldTable& FieldTable::operator=(const FieldTable&) = default;
FieldTable& FieldTable::operator=(FieldTable&&) noexcept = default;
FieldTable::~FieldTable() = default;

const FieldValue* FieldTable::find(std::string_view name) const {
    const auto found = std::ranges::find(fields_, name, &Field::name);
    return found == fields_.end() ? nullptr : &found->value;
}

void FieldTable::add(std::string_view name, FieldValue value) {
    fields_.push_back({std::string(name), std::move(value)});
}

void FieldTable::set(std::string_view name, FieldValue value) {
    const auto found = std::ranges::find(fields_, name, &Field::name);
    if (found == fields_.end()) return add(name, std::move(value));
    found->value = std::move(value);
}

void FieldTable::push_front(std::string_view name, FieldValue value) {
    fields_.insert(fields_.begin(), {std::string(name), std::move(value)});
}

bool FieldTable::remove(std::string_view name) {
    return std::erase_if(fields_, [&](const Field& field) { return field.name == name; }) != 0;
}

void FieldTable::sort_by_name() {
    std::ranges::stable_sort(fields_, {}, &Field::name);
}

std::string FieldTable::encode() const {
    std::string entries;
    append_to(entries);
    return entries;
}

void FieldTable::append_to(std::string& output) const {
    for (const Field& field : fields_)
        append_field(output, field.name, field.value);
}

bool operator==(const FieldTable& left, const FieldTable& right) {
    return left.fields_ == right.fields_;
}

FieldType FieldValue::type() const {
    return types[value_.index()];
}

std::optional<std::int64_t> FieldValue::as_integer() const {
    return std::visit(
        []<typename Value>(const Value& value) -> std::optional<std::int64_t> {
            if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>)
                return value;
            else
                return {};
        },
        value_);
}

void FieldValue::append_to(std::string& output) const {
    output += static_cast<char>(type());
    std::visit(ValueWriter{output}, value_);
}

void append_field(std::string& output, std::string_view name, const FieldValue& value) {
    ByteWriter(output).short_string(name);
    value.append_to(output);
}

std::string encode_without(TableView table, std::string_view name) {
    std::string kept;
    for (ByteView rest = table.bytes(); !rest.empty();) {
        const ByteView entry = rest;
        const bool dropped = detail::take_name(rest) == name;
        detail::take_field(rest);
        if (!dropped) kept += as_text(entry.first(entry.size() - rest.size()));
    }
    return kept;
}

}  // namespace warren::amqp091
