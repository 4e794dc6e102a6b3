#pragma once
// RabbitMQ quotes some values in its refusals the way Erlang prints a binary: <<"text">>.
#include <string>
#include <string_view>

namespace warren::broker {

std::string erlang_binary_text(std::string_view bytes);

}  // namespace warren::broker
