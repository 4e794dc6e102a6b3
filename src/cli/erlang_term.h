#pragma once
// The few Erlang terms that are written in configuration files as values: <<"binary">>, "string",
// atom, 'quoted atom' and whole numbers. As people write them, and as Erlang's external format has
// them.
#include <optional>
#include <string>
#include <string_view>

namespace warren::cli {

struct ErlangTerm {
    enum class Kind { binary, string, atom, integer };

    Kind kind = Kind::binary;
    std::string text;  // of an integer: its digits

    bool operator==(const ErlangTerm&) const = default;
};

// Nothing: it is no such term. A full stop behind it does not matter.
std::optional<ErlangTerm> parse_term(std::string_view text);
// As parse_term() reads it.
std::string to_text(const ErlangTerm& term);

// As term_to_binary/1 makes it; nothing: it is too long for its kind.
std::optional<std::string> to_external(const ErlangTerm& term);
// Nothing: it is something else, or no term at all.
std::optional<ErlangTerm> from_external(std::string_view bytes);

}  // namespace warren::cli
