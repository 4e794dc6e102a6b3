#include "cli/amount.h"

#include <fmt/format.h>

namespace warren::cli {

std::string amount_text(std::string_view unit, double bytes) {
    struct Unit {
        std::string_view name;
        double bytes;
    };
    constexpr Unit units[] = {{"bytes", 1}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}};
    for (const auto& known : units)
        if (known.name == unit) return fmt::format("{:.4f} {}", bytes / known.bytes, known.name);
    return fmt::format("{:.4f} gb", bytes / 1e9);
}

}  // namespace warren::cli
