#include "json_object.h"

#include <cmath>
#include <cstdio>

namespace loadgen {

std::string JsonObject::quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

JsonObject& JsonObject::member(std::string_view key, const std::string& value) {
    if (!members_.empty()) members_ += ", ";
    members_ += quoted(key) + ": " + value;
    return *this;
}

JsonObject& JsonObject::add(std::string_view key, double value) {
    if (!std::isfinite(value)) return member(key, "null");
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", value);
    return member(key, text);
}

JsonObject& JsonObject::add(std::string_view key, const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts)
        list += (list.empty() ? "" : ", ") + quoted(text);
    return member(key, "[" + list + "]");
}

}  // namespace loadgen
