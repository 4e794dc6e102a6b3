#include "app/config/erlang_term.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/bytes.h"

namespace warren::config {

namespace {

// Tags of the external format.
constexpr std::uint8_t version = 131;
constexpr std::uint8_t small_integer = 97;
constexpr std::uint8_t integer = 98;
constexpr std::uint8_t old_atom = 100;
constexpr std::uint8_t empty_list = 106;
constexpr std::uint8_t string = 107;
constexpr std::uint8_t binary = 109;
constexpr std::uint8_t atom = 118;
constexpr std::uint8_t small_atom = 119;

constexpr std::size_t atom_letters_max = 255;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@';
}

bool is_plain_atom(std::string_view text) {
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
           std::ranges::all_of(text, is_letter);
}

bool is_number(std::string_view text) {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '.'))
        text.remove_suffix(1);
    return text;
}

// What stands between two marks; nothing: one is missing, or there is another one in between.
std::optional<std::string> unquoted(std::string_view text, char mark) {
    if (text.size() < 2 || text.front() != mark || text.back() != mark) return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == mark) return std::nullopt;
        if (text[at] == '\\' && ++at == text.size()) return std::nullopt;
        result += text[at];
    }
    return result;
}

std::string quoted(std::string_view text, char mark) {
    std::string result(1, mark);
    for (const char letter : text) {
        if (letter == mark || letter == '\\') result += '\\';
        result += letter;
    }
    return result + mark;
}

std::optional<ErlangTerm> term_of(ErlangTerm::Kind kind, std::optional<std::string> text) {
    if (!text) return std::nullopt;
    return ErlangTerm{kind, std::move(*text)};
}

}  // namespace

std::optional<ErlangTerm> parse_term(std::string_view text) {
    using Kind = ErlangTerm::Kind;
    text = trimmed(text);
    if (text == "<<>>") return ErlangTerm{Kind::binary, ""};
    if (text.starts_with("<<") && text.ends_with(">>"))
        return term_of(Kind::binary, unquoted(text.substr(2, text.size() - 4), '"'));
    if (text.starts_with('"')) return term_of(Kind::string, unquoted(text, '"'));
    if (text.starts_with('\'')) return term_of(Kind::atom, unquoted(text, '\''));
    if (is_number(text)) return ErlangTerm{Kind::integer, std::string(text)};
    if (is_plain_atom(text)) return ErlangTerm{Kind::atom, std::string(text)};
    return std::nullopt;
}

std::string to_text(const ErlangTerm& term) {
    switch (term.kind) {
        case ErlangTerm::Kind::binary:
            return "<<" + quoted(term.text, '"') + ">>";
        case ErlangTerm::Kind::string:
            return quoted(term.text, '"');
        case ErlangTerm::Kind::atom:
            return is_plain_atom(term.text) ? term.text : quoted(term.text, '\'');
        default:
            return term.text;
    }
}

std::optional<std::string> to_external(const ErlangTerm& term) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.u8(version);
    std::int32_t value = 0;
    switch (term.kind) {
        case ErlangTerm::Kind::binary:
            writer.u8(binary);
            writer.long_string(term.text);
            return bytes;
        case ErlangTerm::Kind::string:
            if (term.text.size() > UINT16_MAX) return std::nullopt;
            writer.u8(term.text.empty() ? empty_list : string);
            if (term.text.empty()) return bytes;
            writer.u16(static_cast<std::uint16_t>(term.text.size()));
            writer.text(term.text);
            return bytes;
        case ErlangTerm::Kind::atom:
            if (term.text.size() > atom_letters_max) return std::nullopt;
            writer.u8(small_atom);
            writer.short_string(term.text);
            return bytes;
        case ErlangTerm::Kind::integer:
            std::from_chars(term.text.data(), term.text.data() + term.text.size(), value);
            if (value >= 0 && value <= UINT8_MAX) {
                writer.u8(small_integer);
                writer.u8(static_cast<std::uint8_t>(value));
            } else {
                writer.u8(integer);
                writer.u32(static_cast<std::uint32_t>(value));
            }
            return bytes;
        default:
            return std::nullopt;
    }
}

std::optional<ErlangTerm> from_external(std::string_view bytes) {
    using Kind = ErlangTerm::Kind;
    ByteReader reader(as_bytes(bytes));
    const bool is_term = reader.u8() == version;
    std::optional<ErlangTerm> term;
    switch (reader.u8()) {
        case binary:
            term = ErlangTerm{Kind::binary, std::string(as_text(reader.long_string()))};
            break;
        case string:
            term = ErlangTerm{Kind::string, std::string(as_text(reader.bytes(reader.u16())))};
            break;
        case empty_list:
            term = ErlangTerm{Kind::string, ""};
            break;
        case small_atom:
            term = ErlangTerm{Kind::atom, std::string(reader.short_string())};
            break;
        case atom:
        case old_atom:
            term = ErlangTerm{Kind::atom, std::string(as_text(reader.bytes(reader.u16())))};
            break;
        case small_integer:
            term = ErlangTerm{Kind::integer, std::to_string(reader.u8())};
            break;
        case integer:
            term =
                ErlangTerm{Kind::integer, std::to_string(static_cast<std::int32_t>(reader.u32()))};
            break;
        default:
            return std::nullopt;
    }
    return is_term && reader.ok() && reader.at_end() ? term : std::nullopt;
}

}  // namespace warren::config
