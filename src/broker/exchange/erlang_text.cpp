#include "broker/exchange/erlang_text.h"

#include <fmt/format.h>

namespace warren::broker {

namespace {

// Bytes of the UTF-8 sequence at the front of `text`; 0 when it is none.
std::size_t utf8_sequence_bytes(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t bytes = lead < 0x80                    ? 1
                              : lead >= 0xc2 && lead <= 0xdf ? 2
                              : lead >= 0xe0 && lead <= 0xef ? 3
                              : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                             : 0;
    if (bytes == 0 || text.size() < bytes) return 0;
    for (std::size_t i = 1; i < bytes; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
    return bytes;
}

std::string as_numbers(std::string_view bytes) {
    std::string text = "<<";
    for (const char byte : bytes)
        fmt::format_to(std::back_inserter(text), "{}{}", text.size() > 2 ? "," : "",
                       static_cast<unsigned char>(byte));
    return text + ">>";
}

}  // namespace

std::string erlang_binary_text(std::string_view bytes) {
    if (bytes.empty()) return "<<>>";
    std::string text = "<<\"";
    bool ascii = true;
    for (std::string_view rest = bytes; !rest.empty();) {
        const std::size_t size = utf8_sequence_bytes(rest);
        const char first = rest[0];
        if (size == 0 || (size == 1 && (first < ' ' || first == 0x7f))) return as_numbers(bytes);
        if (first == '"' || first == '\\') text += '\\';
        text += rest.substr(0, size);
        ascii = ascii && size == 1;
        rest.remove_prefix(size);
    }
    return text + (ascii ? "\">>" : "\"/utf8>>");
}

}  // namespace warren::broker
