// Erlang terms of any bytes: an advanced.config or an error that names a line, and values that come
// back as they were written, in text and in the external format.
#include <cstdint>

#include "app/config/advanced_config.h"
#include "app/config/erlang_reader.h"
#include "app/config/erlang_term.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::config;

namespace {

void comes_back(const ErlangTerm& term) {
    if (const auto bytes = to_external(term)) ENSURE(from_external(*bytes) == term);
    ENSURE(parse_term(to_text(term)) == term);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = read_erlang_file(text);
    ENSURE(read || read.error().starts_with("line "));
    if (const auto advanced = parse_advanced_config(text)) ENSURE(read.has_value());
    if (const auto term = parse_term(text); term && term->kind != ErlangTerm::Kind::integer)
        comes_back(*term);
    if (const auto term = from_external(text)) comes_back(*term);
    return 0;
}
