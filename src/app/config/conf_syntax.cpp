#include "app/config/conf_syntax.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "base/result.h"

namespace warren::config {

namespace {

constexpr std::string_view blank = " \t";

bool is_key_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
}

std::string_view trimmed_right(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r");
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

class Parser {
public:
    Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    ParsedConf run() {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
        while (at_ < text_.size()) {
            const int line = line_;
            const std::size_t start = at_;
            if (auto done = statement(); !done) {
                error(line, std::move(done.error()));
                // Whatever a failed statement has read, the next line is a new chance.
                at_ = start;
                line_ = line;
                skip_line();
            }
        }
        return std::move(parsed_);
    }

private:
    using Done = Result<void, std::string>;

    // Reads one statement and its line break, or says what is wrong with it.
    Done statement() {
        skip_blank();
        if (at_line_end()) {
            skip_line();
            return {};
        }
        if (rest().starts_with("include ") || rest().starts_with("include\t")) {
            const int line = line_;
            at_ += sizeof "include";
            skip_blank();
            auto pattern = unquoted_value();
            if (!pattern) return fail(std::string("expected a file name behind 'include'"));
            parsed_.statements.emplace_back(Include{std::move(*pattern), line});
            skip_line();
            return {};
        }
        return setting();
    }

    Done setting() {
        Setting setting;
        setting.file = file_;
        setting.line = line_;
        if (!read_key(setting)) return fail(not_understood());
        skip_blank();
        if (at_ >= text_.size() || text_[at_] != '=') return fail(not_understood());
        ++at_;
        skip_blank();
        auto value = read_value();
        if (!value) return fail(setting.key + ": " + value.error());
        if (auto bad = find_bad_byte(*value)) return fail(setting.key + ": " + *bad);
        setting.value = std::move(*value);
        skip_line();
        parsed_.statements.emplace_back(std::move(setting));
        return {};
    }

    bool read_key(Setting& setting) {
        const std::size_t start = at_;
        std::string segment;
        for (; at_ < text_.size(); ++at_) {
            if (rest().starts_with("\\.")) {
                segment += '.';
                ++at_;
            } else if (is_key_letter(text_[at_])) {
                segment += text_[at_];
            } else if (text_[at_] == '.' && !segment.empty()) {
                setting.segments.push_back(std::move(segment));
                segment.clear();
            } else {
                break;
            }
        }
        if (segment.empty()) return false;
        setting.segments.push_back(std::move(segment));
        setting.key = text_.substr(start, at_ - start);
        return true;
    }

    Result<std::string, std::string> read_value() {
        if (auto value = quoted_value("'''")) {
            if (value->starts_with("\r\n")) value->erase(0, 2);
            if (value->starts_with('\n')) value->erase(0, 1);
            if (value->ends_with('\n')) value->pop_back();
            if (value->ends_with('\r')) value->pop_back();
            return *std::move(value);
        }
        if (auto value = quoted_value("'")) return *std::move(value);
        if (has_closing_quote_on_line())
            return fail(
                std::string("text behind the closing quote; a quoted value cannot hold a quote"));
        if (auto value = unquoted_value()) return *std::move(value);
        return fail(std::string("expected a value behind '='; an empty one is written ''"));
    }

    // A value between quotes, if there is one here and only a comment follows it on its line.
    std::optional<std::string> quoted_value(std::string_view quote) {
        if (!rest().starts_with(quote)) return std::nullopt;
        const std::size_t first = at_ + quote.size();
        const std::size_t end = text_.find(quote, first);
        if (end == std::string_view::npos) return std::nullopt;
        const std::size_t start = std::exchange(at_, end + quote.size());
        skip_blank();
        if (!at_line_end()) {
            at_ = start;
            return std::nullopt;
        }
        const std::string_view value = text_.substr(first, end - first);
        line_ += static_cast<int>(std::ranges::count(value, '\n'));
        return std::string(value);
    }

    bool has_closing_quote_on_line() const {
        const std::string_view line = rest().substr(0, rest().find('\n'));
        return line.starts_with('\'') && line.find('\'', 1) != std::string_view::npos;
    }

    std::optional<std::string> unquoted_value() {
        const std::size_t end = std::min(text_.find_first_of("#\n", at_), text_.size());
        const std::string_view value = trimmed_right(text_.substr(at_, end - at_));
        if (value.empty()) return std::nullopt;
        at_ = end;
        return std::string(value);
    }

    static std::optional<std::string> find_bad_byte(std::string_view value) {
        // Line breaks and tabs are fine; all else that has to be escaped is a control character or
        // no UTF-8.
        std::string visible(value);
        for (std::size_t i = 0; i < visible.size(); ++i) {
            const bool ends_line =
                visible[i] == '\n' || (visible[i] == '\r' && value.substr(i + 1).starts_with('\n'));
            if (ends_line || visible[i] == '\t') visible[i] = ' ';
        }
        if (log::escaped(visible, visible.size()) == visible) return std::nullopt;
        return "the value must be UTF-8 text without control characters, found '" +
               log::escaped(visible, excerpt_bytes_max) + "'";
    }

    std::string not_understood() const {
        const std::size_t start = text_.rfind('\n', at_ == 0 ? 0 : at_ - 1);
        const std::size_t first = at_ == 0 || start == std::string_view::npos ? 0 : start + 1;
        const std::string_view line =
            trimmed_right(text_.substr(first, text_.find('\n', first) - first));
        return "expected 'key = value', found '" + log::escaped(line, excerpt_bytes_max) + "'";
    }

    void error(int line, std::string message) {
        parsed_.errors.push_back({file_, line, "", std::move(message)});
    }

    std::string_view rest() const { return text_.substr(at_); }
    bool at_line_end() const {
        return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '#' ||
               rest().starts_with("\r\n") || rest() == "\r";
    }
    void skip_blank() { at_ = std::min(text_.find_first_not_of(blank, at_), text_.size()); }
    void skip_line() {
        at_ = text_.find('\n', at_);
        at_ = at_ == std::string_view::npos ? text_.size() : at_ + 1;
        ++line_;
    }

    static constexpr std::size_t excerpt_bytes_max = 80;

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    int line_ = 1;
    ParsedConf parsed_;
};

}  // namespace

ParsedConf parse_conf(std::string_view text, const std::string& file) {
    return Parser(text, file).run();
}

}  // namespace warren::config
