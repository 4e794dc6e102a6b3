#include "app/config/erlang_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace warren::config {

namespace {

using Kind = ErlangTerm::Kind;
using Read = Result<ErlangTerm, std::string>;

// Real files have about six; the bound keeps the stack small.
constexpr int depth_max = 64;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '@';
}

class Reader {
public:
    explicit Reader(std::string_view text) : all_(text), rest_(text) {}

    Read read_file() {
        skip_blanks();
        if (rest_.empty()) return ErlangTerm{Kind::list};
        auto term = read_term(0);
        if (!term) return term;
        if (!take(".")) return fault("'.' behind the term");
        if (!rest_.empty()) return fault("nothing behind the first term");
        return term;
    }

private:
    std::unexpected<std::string> fault(const std::string& expected) const {
        const auto read = all_.substr(0, all_.size() - rest_.size());
        return fail("line " + std::to_string(1 + std::ranges::count(read, '\n')) + ": expected " +
                    expected);
    }

    void skip_blanks() {
        while (!rest_.empty()) {
            if (rest_.front() == '%')
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            else if (std::string_view(" \t\r\n").contains(rest_.front()))
                rest_.remove_prefix(1);
            else
                return;
        }
    }

    // With the blanks behind it.
    bool take(std::string_view sign) {
        if (!rest_.starts_with(sign)) return false;
        rest_.remove_prefix(sign.size());
        skip_blanks();
        return true;
    }

    Read read_term(int depth) {
        if (depth == depth_max) return fault("fewer terms inside of terms");
        if (take("[")) return read_elements(Kind::list, "]", depth);
        if (take("{")) return read_elements(Kind::tuple, "}", depth);
        if (take("#{")) return read_elements(Kind::map, "}", depth);
        if (take("<<")) return read_binary();
        if (rest_.starts_with('"')) return read_strings();
        if (rest_.starts_with('\'')) {
            auto name = read_quoted('\'');
            if (!name) return fail(std::move(name.error()));
            return ErlangTerm{Kind::atom, std::move(*name)};
        }
        if (!rest_.empty() && rest_.front() >= 'a' && rest_.front() <= 'z') return read_atom();
        return read_number();
    }

    Read read_elements(Kind kind, std::string_view end, int depth) {
        ErlangTerm term{kind};
        while (!take(end)) {
            if (!term.elements.empty() && !take(","))
                return fault("',' or '" + std::string(end) + "'");
            auto element = read_term(depth + 1);
            if (!element) return element;
            term.elements.push_back(std::move(*element));
            if (kind != Kind::map) continue;
            if (!take("=>")) return fault("'=>'");
            auto value = read_term(depth + 1);
            if (!value) return value;
            term.elements.push_back(std::move(*value));
        }
        return term;
    }

    // <<"text">>, <<"text"/utf8>>, <<1,2,3>>
    Read read_binary() {
        ErlangTerm term{Kind::binary};
        while (!take(">>")) {
            if (!term.text.empty() && !take(",")) return fault("',' or '>>'");
            auto part = rest_.starts_with('"') ? read_strings() : read_number();
            if (!part) return part;
            if (part->kind == Kind::string) {
                term.text += part->text;
                take("/utf8");
                continue;
            }
            std::uint8_t byte = 0;
            const char* end = part->text.data() + part->text.size();
            const auto [read, error] = std::from_chars(part->text.data(), end, byte);
            if (error != std::errc() || read != end) return fault("a byte from 0 to 255");
            term.text += static_cast<char>(byte);
        }
        return term;
    }

    // Strings beside each other are one.
    Read read_strings() {
        ErlangTerm term{Kind::string};
        while (rest_.starts_with('"')) {
            auto part = read_quoted('"');
            if (!part) return fail(std::move(part.error()));
            term.text += *part;
        }
        return term;
    }

    Result<std::string, std::string> read_quoted(char mark) {
        const std::string_view from = rest_;
        std::string text;
        for (std::size_t at = 1; at < from.size(); ++at) {
            if (from[at] == mark) {
                rest_.remove_prefix(at + 1);
                skip_blanks();
                return text;
            }
            if (from[at] == '\\' && ++at < from.size())
                text += escaped(from[at]);
            else if (at < from.size())
                text += from[at];
        }
        return fault(std::string("a closing ") + mark);
    }

    // Escapes with numbers are for signs that no path or password of a configuration has needed.
    static char escaped(char letter) {
        switch (letter) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 's':
                return ' ';
            default:
                return letter;
        }
    }

    std::string_view take_while(auto&& belongs) {
        const auto end = std::ranges::find_if_not(rest_, belongs);
        const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    Read read_atom() {
        ErlangTerm term{Kind::atom, std::string(take_while(is_letter))};
        skip_blanks();
        return term;
    }

    // 1, -2, 1_000, 16#ff, 0.5, 1.0e6
    Read read_number() {
        const std::string_view from = rest_;
        if (rest_.starts_with('-') || rest_.starts_with('+')) rest_.remove_prefix(1);
        if (rest_.empty() || !is_digit(rest_.front())) {
            rest_ = from;
            return fault("a term");
        }
        Kind kind = Kind::integer;
        take_while([](char c) { return is_digit(c) || c == '_'; });
        if (rest_.starts_with('#')) {
            rest_.remove_prefix(1);
            take_while(is_letter);
        } else if (rest_.size() > 1 && rest_[0] == '.' && is_digit(rest_[1])) {
            kind = Kind::floating;
            rest_.remove_prefix(1);
            take_while([](char c) { return is_digit(c) || c == 'e' || c == 'E' || c == '-'; });
        }
        ErlangTerm term{kind, std::string(from.substr(0, from.size() - rest_.size()))};
        skip_blanks();
        return term;
    }

    std::string_view all_;
    std::string_view rest_;
};

}  // namespace

Read read_erlang_file(std::string_view text) {
    return Reader(text).read_file();
}

}  // namespace warren::config
