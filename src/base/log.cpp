#include "base/log.h"

#include <time.h>

#include <cstdio>
#include <iterator>

#include "base/shard_bound.h"

namespace warren::log {

namespace {

constexpr std::array<std::string_view, 9> level_names{
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency", "none"};
constexpr std::array<std::string_view, category_count> category_names{
    "default", "connection", "channel", "queue",   "federation",
    "shovel",  "mirroring",  "ra",      "upgrade", "user"};

// Before the node has read its configuration, and in unit tests.
class StandardErrorSink final : public Sink {
public:
    void write(const Record& record) noexcept override {
        const std::string_view level = to_text(record.level);
        // One call, so that lines of several threads do not mix; a standard error that is closed
        // loses them.
        std::fprintf(stderr, "[%.*s] %.*s\n", static_cast<int>(level.size()), level.data(),
                     static_cast<int>(record.message.size()), record.message.data());
    }
};

StandardErrorSink standard_error;
std::atomic<Sink*> current_sink{&standard_error};

std::int64_t wall_time_us() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

// Length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) at the start of text; 0 if there
// is none.
std::size_t utf8_sequence_bytes(std::string_view text) {
    const auto byte = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
    };
    const auto continues = [&](std::size_t index) { return (byte(index) & 0xc0) == 0x80; };
    const unsigned first = byte(0);
    const unsigned second = byte(1);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    if (first < 0xe0) return continues(1) ? 2 : 0;
    if (first < 0xf0) {
        if (!continues(1) || !continues(2)) return 0;
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool above_unicode = first == 0xf4 && second > 0x8f;
    return overlong || above_unicode ? 0 : 4;
}

// C0 and DEL by their byte; C1 controls (U+0080 to U+009F) as terminals obey them too.
bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
    return sequence.size() == 2 && first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

void append_escaped_bytes(fmt::memory_buffer& output, std::string_view bytes) {
    for (const char byte : bytes)
        fmt::format_to(std::back_inserter(output), "\\x{:02x}", static_cast<unsigned char>(byte));
}

bool is_line_control(char c) {
    return c == '\n' || c == '\r' || c == '\t';
}

void append_line_control(fmt::memory_buffer& output, char control) {
    const std::string_view escape = control == '\n' ? "\\n" : control == '\r' ? "\\r" : "\\t";
    output.append(escape);
}

enum class LineBreaks { escape, keep };

void append_clean(fmt::memory_buffer& output, std::string_view text, std::size_t bytes_max,
                  LineBreaks line_breaks) {
    const std::size_t given_bytes = text.size();
    std::size_t taken = 0;
    while (taken < given_bytes) {
        const std::string_view rest = text.substr(taken);
        const std::size_t length = utf8_sequence_bytes(rest);
        if (taken + (length == 0 ? 1 : length) > bytes_max) break;
        const std::string_view sequence = rest.substr(0, length == 0 ? 1 : length);
        taken += sequence.size();
        const char first = sequence[0];
        const bool keep_break = first == '\n' && line_breaks == LineBreaks::keep;
        if (length == 0 || (is_control(sequence) && !is_line_control(first)))
            append_escaped_bytes(output, sequence);
        else if (is_line_control(first) && !keep_break)
            append_line_control(output, first);
        else
            output.append(sequence);
    }
    if (taken < given_bytes)
        fmt::format_to(std::back_inserter(output), "... ({} bytes more)", given_bytes - taken);
}

}  // namespace

void set_sink(Sink* sink) {
    current_sink.store(sink != nullptr ? sink : &standard_error, std::memory_order_release);
}

void set_threshold(Category category, Level lowest) {
    detail::thresholds[static_cast<std::size_t>(category)].store(lowest, std::memory_order_relaxed);
}

void set_all_thresholds(Level lowest) {
    for (auto& threshold : detail::thresholds)
        threshold.store(lowest, std::memory_order_relaxed);
}

std::string_view to_text(Level level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

std::string_view to_text(Category category) noexcept {
    return category_names[static_cast<std::size_t>(category)];
}

void append_escaped(fmt::memory_buffer& output, std::string_view text, std::size_t bytes_max) {
    append_clean(output, text, bytes_max, LineBreaks::escape);
}

std::string escaped(std::string_view text, std::size_t bytes_max) {
    fmt::memory_buffer output;
    append_escaped(output, text, bytes_max);
    return fmt::to_string(output);
}

void detail::write_formatted(Level level, Category category, fmt::string_view format,
                             fmt::format_args args) {
    fmt::memory_buffer raw;
    fmt::vformat_to(std::back_inserter(raw), format, args);
    // A second net under the escaping of arguments: formatters of other types might let something
    // through.
    fmt::memory_buffer clean;
    append_clean(clean, {raw.data(), raw.size()}, message_bytes_max, LineBreaks::keep);
    const Record record{level,
                        category,
                        {this_shard(), current_connection, current_channel},
                        wall_time_us(),
                        {clean.data(), clean.size()}};
    current_sink.load(std::memory_order_acquire)->write(record);
}

}  // namespace warren::log
