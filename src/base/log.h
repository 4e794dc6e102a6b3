#pragma once
// Logging as every floor sees it: a level, a category, a message. Where lines go and how they look
// is decided in app/logging, which installs a Sink; until then warnings and worse go to standard
// error.
//
//     log::info(log::connection, "user '{}' authenticated and granted access to vhost '{}'", user,
//     vhost);
//
// - A call whose level is off costs one relaxed load and formats nothing.
// - String arguments may come from peers: control characters, line breaks and broken UTF-8 in them
// are escaped and long ones
//   cut. Only line breaks in the format string itself break a line. (A type with a formatter of its
//   own escapes by itself.)
// - Never called per message on the hot path, but cheap enough for every connection and channel
// event.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ids.h"

namespace warren::log {

// RabbitMQ's levels, least important first. `none` is only a threshold: nothing is logged.
enum class Level : std::uint8_t {
    debug,
    info,
    notice,
    warning,
    error,
    critical,
    alert,
    emergency,
    none
};

// RabbitMQ's log categories (`log.<category>.level`).
enum class Category : std::uint8_t {
    general,
    connection,
    channel,
    queue,
    federation,
    shovel,
    mirroring,
    raft,
    upgrade,
    user
};
inline constexpr std::size_t category_count = 10;
using enum Category;

// One argument and one whole message are cut at these lengths; what was cut is counted in the text.
inline constexpr std::size_t argument_bytes_max = 1024;
inline constexpr std::size_t message_bytes_max = 16'384;

// Who speaks: printed where RabbitMQ prints the Erlang process, as <shard.connection.channel>.
struct Origin {
    ShardId shard;
    std::uint64_t connection = 0;  // counter of the ConnectionId; 0 for the node itself
    std::uint16_t channel = 0;
};

struct Record {
    Level level;
    Category category;
    Origin origin;
    std::int64_t wall_time_us;  // since 1970
    std::string_view
        message;  // valid UTF-8 without control characters but '\n'; borrowed for the call
};

// Receives every record that passes its threshold, on the thread that logged it: must be quick and
// must not log.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void write(const Record& record) noexcept = 0;
};

// The sink is borrowed and must outlive its use; nullptr goes back to standard error. Called while
// no other thread logs.
void set_sink(Sink* sink);

// Safe at any time, from any thread.
void set_threshold(Category category, Level lowest);
void set_all_thresholds(Level lowest);

std::string_view to_text(Level level) noexcept;
// RabbitMQ's name of the category: `default` for general, `ra` for raft.
std::string_view to_text(Category category) noexcept;

namespace detail {

inline constinit std::array<std::atomic<Level>, category_count> thresholds{
    Level::warning, Level::warning, Level::warning, Level::warning, Level::warning,
    Level::warning, Level::warning, Level::warning, Level::warning, Level::warning};
inline constinit thread_local std::uint64_t current_connection = 0;
inline constinit thread_local std::uint16_t current_channel = 0;

// A string argument on its way into a message.
struct Shielded {
    std::string_view text;
};

template <typename Arg>
decltype(auto) shield(const Arg& arg) {
    if constexpr (std::is_convertible_v<const Arg&, std::string_view>)
        return Shielded{std::string_view(arg)};
    else
        return (arg);
}

void write_formatted(Level level, Category category, fmt::string_view format,
                     fmt::format_args args);

// Takes the shielded arguments as lvalues: format arguments only borrow them.
template <typename... Shields>
void write_shielded(Level level, Category category, fmt::string_view format,
                    const Shields&... shields) {
    write_formatted(level, category, format, fmt::make_format_args(shields...));
}

}  // namespace detail

inline bool enabled(Level level, Category category) {
    return level >=
           detail::thresholds[static_cast<std::size_t>(category)].load(std::memory_order_relaxed);
}

template <typename... Args>
void write(Level level, Category category, fmt::format_string<Args...> format,
           const Args&... args) {
    if (!enabled(level, category)) return;
    detail::write_shielded(level, category, format, detail::shield(args)...);
}

template <typename... Args>
void debug(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::debug, category, format, args...);
}
template <typename... Args>
void info(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::info, category, format, args...);
}
template <typename... Args>
void notice(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::notice, category, format, args...);
}
template <typename... Args>
void warning(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::warning, category, format, args...);
}
template <typename... Args>
void error(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::error, category, format, args...);
}
template <typename... Args>
void critical(Category category, fmt::format_string<Args...> format, const Args&... args) {
    write<Args...>(Level::critical, category, format, args...);
}

// While it lives, lines of this thread carry this connection (and channel). Scopes nest.
class OriginScope {
public:
    explicit OriginScope(ConnectionId connection, ChannelId channel = {})
        : outer_connection_(detail::current_connection), outer_channel_(detail::current_channel) {
        detail::current_connection = connection.counter();
        detail::current_channel = channel.value;
    }
    ~OriginScope() {
        detail::current_connection = outer_connection_;
        detail::current_channel = outer_channel_;
    }
    OriginScope(const OriginScope&) = delete;
    OriginScope& operator=(const OriginScope&) = delete;

private:
    std::uint64_t outer_connection_;
    std::uint16_t outer_channel_;
};

// Appends text that a peer chose: control characters and bytes that are not UTF-8 become \xNN, line
// breaks \n, a backslash stays. At most bytes_max bytes of input are taken.
void append_escaped(fmt::memory_buffer& output, std::string_view text, std::size_t bytes_max);
std::string escaped(std::string_view text, std::size_t bytes_max = argument_bytes_max);

}  // namespace warren::log

template <>
struct fmt::formatter<warren::log::detail::Shielded> : fmt::formatter<fmt::string_view> {
    template <typename Context>
    auto format(const warren::log::detail::Shielded& shielded, Context& context) const {
        fmt::memory_buffer clean;
        warren::log::append_escaped(clean, shielded.text, warren::log::argument_bytes_max);
        return fmt::formatter<fmt::string_view>::format({clean.data(), clean.size()}, context);
    }
};
