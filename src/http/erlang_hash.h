#pragma once
// erlang:phash2(Term, 1 bsl 32) of the terms that RabbitMQ keeps field tables as. RabbitMQ names
// bindings by it, and clients put that name into paths: it must be the same number here.
#include <cstdint>

#include "amqp091/field_table.h"

namespace warren::http {

// Of the list [{Name, Type, Value}, ...] in the order of the table.
std::uint32_t erlang_hash(const amqp091::FieldTable& table);

}  // namespace warren::http
