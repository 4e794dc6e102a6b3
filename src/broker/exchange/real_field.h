#pragma once
// Floating-point values of header fields, of either width.
#include <bit>
#include <optional>

#include "amqp091/table_view.h"
#include "base/bytes.h"

namespace warren::broker {

inline std::optional<double> real_of(const amqp091::FieldView& field) {
    if (field.type == amqp091::FieldType::float32)
        return std::bit_cast<float>(load_big_endian<std::uint32_t>(field.value.data()));
    if (field.type == amqp091::FieldType::float64)
        return std::bit_cast<double>(load_big_endian<std::uint64_t>(field.value.data()));
    return {};
}

}  // namespace warren::broker
