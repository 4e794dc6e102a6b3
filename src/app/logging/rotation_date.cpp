#include "app/logging/rotation_date.h"

#include <time.h>

#include <charconv>

namespace warren::logging {

namespace {

// Reads a number in [lowest, highest] and removes it from the text; nothing if there is none.
std::optional<int> take_number(std::string_view& text, int lowest, int highest) {
    int number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || number < lowest || number > highest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

// One letter and its number, if the letter comes next. False if the number is wrong.
bool take_part(std::string_view& text, char letter, int lowest, int highest,
               std::optional<int>& part) {
    if (!text.starts_with(letter)) return true;
    text.remove_prefix(1);
    part = take_number(text, lowest, highest);
    return part.has_value();
}

bool is_named(const RotationDate& date, const tm& local) {
    const bool hourly = date.minute && !date.hour && !date.weekday && !date.day_of_month;
    return (!date.day_of_month || local.tm_mday == *date.day_of_month) &&
           (!date.weekday || local.tm_wday == *date.weekday) &&
           (hourly || local.tm_hour == date.hour.value_or(0)) &&
           local.tm_min == date.minute.value_or(0);
}

}  // namespace

std::optional<RotationDate> parse_rotation_date(std::string_view text) {
    RotationDate date;
    if (!text.starts_with('$')) return std::nullopt;
    text.remove_prefix(1);
    const bool sound = take_part(text, 'M', 1, 31, date.day_of_month) &&
                       take_part(text, 'W', 0, 6, date.weekday) &&
                       take_part(text, 'D', 0, 23, date.hour) &&
                       take_part(text, 'H', 0, 59, date.minute);
    if (!sound || !text.empty() || date == RotationDate{}) return std::nullopt;
    return date;
}

std::int64_t next_rotation_s(const RotationDate& date, std::int64_t time_s) {
    // Minute by minute is simple and right across changes of daylight saving; the 31st of a month
    // is at most 62 days away.
    constexpr std::int64_t minute_s = 60;
    constexpr std::int64_t days_max = 63;
    std::int64_t candidate = (time_s / minute_s + 1) * minute_s;
    const std::int64_t last = candidate + days_max * 24 * 60 * minute_s;
    for (; candidate < last; candidate += minute_s) {
        const time_t moment = candidate;
        tm local{};
        localtime_r(&moment, &local);
        if (is_named(date, local)) return candidate;
    }
    return INT64_MAX;  // a day that comes only with both a date and a weekday: looked for again
                       // after the next opening
}

}  // namespace warren::logging
