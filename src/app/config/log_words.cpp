#include "app/config/log_words.h"

namespace warren::config {

std::optional<log::Level> parse_log_level(std::string_view text) {
    if (text.starts_with('=') || text.starts_with('!') || text.starts_with('<'))
        return log::Level::debug;
    for (auto level = log::Level::debug; level <= log::Level::none;
         level = static_cast<log::Level>(static_cast<int>(level) + 1))
        if (log::to_text(level) == text) return level;
    return std::nullopt;
}

std::optional<log::Category> parse_log_category(std::string_view text) {
    for (std::size_t index = 0; index < log::category_count; ++index)
        if (log::to_text(static_cast<log::Category>(index)) == text)
            return static_cast<log::Category>(index);
    return std::nullopt;
}

}  // namespace warren::config
