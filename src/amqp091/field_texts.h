#pragma once
// A list of texts as an array of a field table: tags of a user, keys of a message.
#include <span>
#include <string>

#include "amqp091/field_table.h"

namespace warren::amqp091 {

inline FieldArray field_texts(std::span<const std::string> texts) {
    return FieldArray(texts.begin(), texts.end());
}

}  // namespace warren::amqp091
