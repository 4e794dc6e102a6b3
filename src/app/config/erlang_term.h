#pragma once
// Erlang terms of configuration files. Those that are values, <<"binary">>, "string", atom, 'quoted
// atom' and whole numbers, are read and written as people write them and as Erlang's external
// format has them; what is made of them comes from files only (app/config/erlang_reader.h).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warren::config {

struct ErlangTerm {
    // map: its elements are key, value, key, value. floating: nobody has asked for its value yet.
    enum class Kind { binary, string, atom, integer, floating, list, tuple, map };

    Kind kind = Kind::binary;
    std::string text{};  // of a number: as it is written
    std::vector<ErlangTerm> elements{};

    bool is_atom(std::string_view name) const { return kind == Kind::atom && text == name; }
    bool is_pair() const { return kind == Kind::tuple && elements.size() == 2; }

    bool operator==(const ErlangTerm&) const = default;
};

// Nothing: it is no such value. A full stop behind it does not matter.
std::optional<ErlangTerm> parse_term(std::string_view text);
// As parse_term() reads it. Only of values.
std::string to_text(const ErlangTerm& term);

// As term_to_binary/1 makes it; nothing: it is too long for its kind, or no value.
std::optional<std::string> to_external(const ErlangTerm& term);
// Nothing: it is something else, or no term at all.
std::optional<ErlangTerm> from_external(std::string_view bytes);

}  // namespace warren::config
