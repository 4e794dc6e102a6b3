#include "http/multipart.h"

#include <algorithm>

namespace warren::http {

namespace {

constexpr std::string_view line_end = "\r\n";

char lowered(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

bool equal_words(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, lowered, lowered);
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

// Takes what comes before the mark off the front, and the mark; all of it if there is no mark.
std::string_view take_until(std::string_view& text, std::string_view mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + mark.size(), text.size()));
    return taken;
}

// Of `form-data; name="file"; filename="a.json"`: what "name" is.
std::optional<std::string> parameter(std::string_view value, std::string_view name) {
    take_until(value, ";");
    while (!value.empty()) {
        const std::string_view key = trimmed(take_until(value, "="));
        std::string text;
        value = value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
        if (value.starts_with('"')) {
            value.remove_prefix(1);
            for (; !value.empty() && value.front() != '"'; value.remove_prefix(1)) {
                if (value.front() == '\\' && value.size() > 1) value.remove_prefix(1);
                text += value.front();
            }
            take_until(value, ";");
        } else {
            text = trimmed(take_until(value, ";"));
        }
        if (equal_words(key, name)) return text;
    }
    return std::nullopt;
}

// The name in the head of a part; nothing if it has none.
std::optional<std::string> name_in(std::string_view head) {
    while (!head.empty()) {
        std::string_view line = take_until(head, line_end);
        const std::string_view key = trimmed(take_until(line, ":"));
        if (equal_words(key, "content-disposition")) return parameter(line, "name");
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    if (!equal_words(trimmed(content_type.substr(0, content_type.find(';'))),
                     "multipart/form-data"))
        return std::nullopt;
    auto boundary = parameter(content_type, "boundary");
    if (boundary && boundary->empty()) boundary.reset();
    return boundary;
}

std::optional<std::vector<FormPart>> form_parts(std::string_view body, std::string_view boundary) {
    const std::string delimiter = "--" + std::string(boundary);
    if (!body.starts_with(delimiter)) return std::nullopt;
    body.remove_prefix(delimiter.size());
    const std::string next = std::string(line_end) + delimiter;
    std::vector<FormPart> parts;
    while (!body.starts_with("--")) {
        if (!body.starts_with(line_end)) return std::nullopt;
        body.remove_prefix(line_end.size());
        const std::size_t end = body.find(next);
        if (end == std::string_view::npos) return std::nullopt;
        std::string_view content = body.substr(0, end);
        body.remove_prefix(end + next.size());
        const std::string_view head = take_until(content, "\r\n\r\n");
        if (auto name = name_in(head)) parts.push_back({std::move(*name), content});
    }
    return parts;
}

}  // namespace warren::http
