#pragma once
// An object for --json, written in the order in which its members were added. Just what results
// need.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

class JsonObject {
public:
    JsonObject& add(std::string_view key, double value);
    JsonObject& add(std::string_view key, bool value) {
        return member(key, value ? "true" : "false");
    }
    JsonObject& add(std::string_view key, std::integral auto value) {
        return member(key, std::to_string(value));
    }
    JsonObject& add(std::string_view key, const std::string& text) {
        return member(key, quoted(text));
    }
    JsonObject& add(std::string_view key, const char* text) { return member(key, quoted(text)); }
    JsonObject& add(std::string_view key, const JsonObject& object) {
        return member(key, object.text());
    }
    JsonObject& add(std::string_view key, const std::vector<std::string>& texts);

    std::string text() const { return "{" + members_ + "}"; }

    static std::string quoted(std::string_view text);

private:
    JsonObject& member(std::string_view key, const std::string& value);

    std::string members_;
};

}  // namespace loadgen
