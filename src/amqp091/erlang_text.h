#pragma once
// RabbitMQ prints what it refuses as Erlang terms, and its users' tests match on that. These print
// as io_lib:format does with ~w and ~tp.
#include <cstddef>
#include <string>

#include "amqp091/field_table.h"
#include "base/bytes.h"

namespace warren::amqp091 {

// ~w of a binary: <<0,1,200>>.
void append_octets(std::string& output, ByteView bytes);

// ~tp of a binary: <<"text">>, <<"t\x{e9}xt"/utf8>> or <<0,1,200>>, whichever fits. Octets that
// would reach column 80 go on below the first one; `column` is where the binary starts on its line.
void append_binary(std::string& output, ByteView bytes, std::size_t column);

// ~tp of a float: the shortest digits that give the same value, as 1.5 or 1.0e22.
void append_float(std::string& output, double value);

// ~tp of a value as RabbitMQ keeps it: 5, true, 1.0e3, [{<<"name">>,longstr,<<"text">>}], {2,314}.
// Never wrapped.
void append_term(std::string& output, const FieldValue& value);

// Each field as a text of its own, as RabbitMQ's events tell arguments and properties:
// {<<"x-max-length">>,signedint,5}.
FieldArray printed_fields(const FieldTable& table);

}  // namespace warren::amqp091
