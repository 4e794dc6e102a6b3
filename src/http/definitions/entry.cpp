#include "http/definitions/entry.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/limits.h"

namespace warren::http {

namespace json = boost::json;

namespace {

constexpr std::size_t shown_text_bytes_max = 40;

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

// " a , b" to "a" and "b".
std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
        word = word.substr(0, word.find_last_not_of(' ') + 1);
        if (!word.empty()) words.emplace_back(word);
    }
    return words;
}

}  // namespace

std::string describe(const json::value& value) {
    switch (value.kind()) {
        case json::kind::object:
            return "an object";
        case json::kind::array:
            return "a list";
        case json::kind::string:
            break;
        default:
            return json::serialize(value);
    }
    const json::string& text = value.get_string();
    if (text.size() <= shown_text_bytes_max) return json::serialize(value);
    return fmt::format("a string of {} bytes", text.size());
}

const json::value* Entry::find(std::string_view key) {
    known_.emplace(key);
    const json::value* value = members_.if_contains({key.data(), key.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool Entry::has(std::string_view key) const {
    const json::value* value = members_.if_contains({key.data(), key.size()});
    return value != nullptr && !value->is_null();
}

JsonPath Entry::path_to(std::string_view key) const {
    JsonPath path = path_;
    path.emplace_back(std::string(key));
    return path;
}

void Entry::fault(std::string_view key, std::string text) const {
    faults_.report(path_to(key), std::move(text));
}

void Entry::fault_in(std::string_view key, std::string_view inner_key, std::string text) const {
    JsonPath path = path_to(key);
    path.emplace_back(std::string(inner_key));
    faults_.report(std::move(path), std::move(text));
}

std::string Entry::text_of(std::string_view key, const json::value& value) const {
    if (const json::string* text = value.if_string()) return std::string(view(*text));
    fault(key, fmt::format("expected a string, found {}", describe(value)));
    return {};
}

std::string Entry::text(std::string_view key) {
    const json::value* value = find(key);
    if (value != nullptr) return text_of(key, *value);
    fault(key, "expected a string, found nothing");
    return {};
}

std::string Entry::name(std::string_view key) {
    std::string name = text(key);
    if (name.size() > limits::short_string_bytes_max)
        fault(key, fmt::format("expected at most {} bytes, found {}",
                               limits::short_string_bytes_max, name.size()));
    return name;
}

std::optional<std::string> Entry::optional_text(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr) return std::nullopt;
    return text_of(key, *value);
}

bool Entry::flag(std::string_view key, bool otherwise) {
    const json::value* value = find(key);
    if (value == nullptr) return otherwise;
    if (const bool* flag = value->if_bool()) return *flag;
    // Exports of RabbitMQ 2.x.
    if (value->is_string() && value->get_string() == "true") return true;
    if (value->is_string() && value->get_string() == "false") return false;
    fault(key, fmt::format("expected true or false, found {}", describe(*value)));
    return otherwise;
}

std::optional<std::uint64_t> Entry::limit(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr) return std::nullopt;
    const std::int64_t* limit = value->if_int64();
    if (limit == nullptr) {
        fault(key, fmt::format("expected a whole number, found {}", describe(*value)));
        return std::nullopt;
    }
    if (*limit < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*limit);
}

std::optional<std::vector<std::string>> Entry::words(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (const json::string* text = value->if_string()) return split_at_commas(view(*text));
    const json::array* list = value->if_array();
    if (list == nullptr) {
        fault(key, fmt::format("expected a list of strings, found {}", describe(*value)));
        return std::nullopt;
    }
    std::vector<std::string> words;
    for (const json::value& item : *list) {
        if (const json::string* word = item.if_string())
            words.emplace_back(view(*word));
        else
            fault(key, fmt::format("expected a list of strings, found {} in it", describe(item)));
    }
    return words;
}

amqp091::FieldTable Entry::table(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr || (value->is_array() && value->get_array().empty())) return {};
    if (const json::object* members = value->if_object())
        return field_table(*members, path_to(key), faults_);
    fault(key, fmt::format("expected an object, found {}", describe(*value)));
    return {};
}

std::optional<amqp091::FieldValue> Entry::value(std::string_view key) {
    known_.emplace(key);
    const json::value* value = members_.if_contains({key.data(), key.size()});
    if (value == nullptr) return std::nullopt;
    return any_value(*value, path_to(key), faults_);
}

std::optional<Entry> Entry::object(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr || (value->is_array() && value->get_array().empty())) return std::nullopt;
    const json::object* members = value->if_object();
    if (members == nullptr)
        fault(key, fmt::format("expected an object, found {}", describe(*value)));
    if (members == nullptr || members->empty()) return std::nullopt;
    return Entry(*members, path_to(key), faults_);
}

std::vector<std::string> Entry::unknown_members() const {
    std::vector<std::string> unknown = member_names();
    std::erase_if(unknown, [this](const std::string& name) { return known_.contains(name); });
    return unknown;
}

std::vector<std::string> Entry::member_names() const {
    std::vector<std::string> names;
    for (const auto& member : members_)
        names.emplace_back(member.key().data(), member.key().size());
    return names;
}

}  // namespace warren::http
