#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "base/ensure.h"

namespace warren::http {

namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

std::string_view take_until(std::string_view& text, char mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view taken = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

// "q=0", "q=0.00"
bool is_refusal(std::string_view parameter) {
    return (parameter.starts_with("q=0") || parameter.starts_with("Q=0")) &&
           parameter.substr(3).find_first_not_of(".0") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    bool accepts = false;
    while (!accept_encoding.empty()) {
        std::string_view one = take_until(accept_encoding, ',');
        const std::string_view coding = take_until(one, ';');
        if (coding == "gzip") return !is_refusal(trimmed(one));
        if (coding == "*") accepts = !is_refusal(trimmed(one));
    }
    return accepts;
}

std::optional<std::string> gzipped(std::string_view text) {
    // Listings are repetitive: more effort makes them little smaller and takes several times as
    // long.
    constexpr int level = Z_BEST_SPEED;
    constexpr int window_bits_with_gzip_head = 15 + 16;
    constexpr int memory_level = 8;
    z_stream stream{};
    ENSURE(deflateInit2(&stream, level, Z_DEFLATED, window_bits_with_gzip_head, memory_level,
                        Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(text.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const bool fits = text.size() <= UINT32_MAX && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (!fits) return std::nullopt;
    return packed;
}

}  // namespace warren::http
