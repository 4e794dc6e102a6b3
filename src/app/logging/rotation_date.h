#pragma once
// When a log file is rotated by date: the notation of newsyslog that `log.*.rotation.date` uses.
//
//     $D0     daily at midnight        $D23    daily at 23:00
//     $W0     Sundays at midnight      $W5D16  Fridays at 16:00
//     $M1D0   on the 1st at midnight   $M5D6   on the 5th at 06:00
//     $H30    every hour at :30        $D3H30  daily at 03:30
#include <cstdint>
#include <optional>
#include <string_view>

namespace warren::logging {

struct RotationDate {
    std::optional<int> minute;        // $H
    std::optional<int> hour;          // D
    std::optional<int> weekday;       // W: 0 is Sunday
    std::optional<int> day_of_month;  // M

    bool operator==(const RotationDate&) const = default;
};

// Nothing if the text is not in this notation.
std::optional<RotationDate> parse_rotation_date(std::string_view text);

// The first moment after `time_s` (seconds since 1970) that the date names, in local time.
std::int64_t next_rotation_s(const RotationDate& date, std::int64_t time_s);

}  // namespace warren::logging
