#include "http/definitions/json_path.h"

#include <algorithm>

namespace warren::http {

namespace {

// Walks over sound JSON. Strings are compared as they are written: a key with escapes is not found,
// and the error then names the line of what it stands in.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) { skip_blank(); }

    std::size_t position() const { return at_; }
    bool at(char letter) const { return at_ < text_.size() && text_[at_] == letter; }

    // From the start of an object or array to the value under `step`. Stays inside of the container
    // when there is none.
    bool enter(const std::variant<std::string, std::size_t>& step) {
        if (const auto* key = std::get_if<std::string>(&step)) return at('{') && enter_object(*key);
        return at('[') && enter_array(std::get<std::size_t>(step));
    }

private:
    bool enter_object(std::string_view key) {
        take();
        while (at('"')) {
            const std::size_t start = at_ + 1;
            skip_string();
            const std::string_view found = text_.substr(start, at_ - 1 - start);
            skip_blank();
            take();  // the colon
            if (found == key) return true;
            skip_value();
            if (at(',')) take();
        }
        return false;
    }

    bool enter_array(std::size_t index) {
        take();
        for (std::size_t i = 0; !at(']') && at_ < text_.size(); ++i) {
            if (i == index) return true;
            skip_value();
            if (at(',')) take();
        }
        return false;
    }

    void take() {
        ++at_;
        skip_blank();
    }
    void skip_blank() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    void skip_string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        at_ = std::min(at_ + 1, text_.size());
    }
    void skip_value() {
        std::size_t depth = 0;
        do {
            if (at('"')) {
                skip_string();
            } else {
                if (at('{') || at('[')) ++depth;
                if (at('}') || at(']')) --depth;
                ++at_;
            }
        } while (at_ < text_.size() &&
                 (depth > 0 || !std::string_view(",]}").contains(text_[at_])));
        skip_blank();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::string to_text(const JsonPath& path) {
    std::string text;
    for (const auto& step : path) {
        if (const auto* index = std::get_if<std::size_t>(&step)) {
            text += '[' + std::to_string(*index) + ']';
        } else {
            if (!text.empty()) text += '.';
            text += std::get<std::string>(step);
        }
    }
    return text;
}

std::size_t line_of(std::string_view text, const JsonPath& path) {
    Scanner scanner(text);
    std::size_t deepest = scanner.position();
    for (const auto& step : path) {
        if (!scanner.enter(step)) break;
        deepest = scanner.position();
    }
    return line_at(text, deepest);
}

std::size_t line_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

}  // namespace warren::http
