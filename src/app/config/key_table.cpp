#include "app/config/key_table.h"

#include <algorithm>
#include <vector>

#include "app/config/edit_distance.h"

namespace warren::config {

namespace {

#include "app/config/key_table.inc"

std::vector<std::string_view> split(std::string_view pattern) {
    std::vector<std::string_view> segments;
    for (std::size_t at = 0; at <= pattern.size();) {
        const std::size_t dot = std::min(pattern.find('.', at), pattern.size());
        segments.push_back(pattern.substr(at, dot - at));
        at = dot + 1;
    }
    return segments;
}

// Split once: patterns are looked at for every setting and, for suggestions, all of them.
const std::vector<std::vector<std::string_view>>& split_patterns() {
    static const auto patterns = [] {
        std::vector<std::vector<std::string_view>> all;
        for (const KeyRow& row : key_rows)
            all.push_back(split(row.pattern));
        return all;
    }();
    return patterns;
}

bool is_wildcard(std::string_view segment) {
    return segment.starts_with('$');
}

bool matches(std::span<const std::string_view> pattern, std::span<const std::string> segments) {
    return std::ranges::equal(pattern, segments,
                              [](std::string_view wanted, std::string_view given) {
                                  return is_wildcard(wanted) || wanted == given;
                              });
}

std::string join(std::span<const std::string> segments) {
    std::string key;
    for (const std::string& segment : segments)
        key += (key.empty() ? "" : ".") + segment;
    return key;
}

// The pattern with each wildcard replaced by what the user wrote at that place, if anything.
std::string filled(std::span<const std::string_view> pattern,
                   std::span<const std::string> segments) {
    std::string key;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (i > 0) key += '.';
        const bool fill = is_wildcard(pattern[i]) && i < segments.size();
        key += fill ? std::string_view(segments[i]) : pattern[i];
    }
    return key;
}

}  // namespace

std::span<const KeyRow> all_keys() {
    return key_rows;
}
std::span<const VariableRow> all_variables() {
    return variable_rows;
}

std::span<const std::string_view> segments_of(const KeyRow& row) {
    return split_patterns()[static_cast<std::size_t>(&row - key_rows)];
}

const KeyRow* find_key(std::span<const std::string> segments) {
    const KeyRow* best = nullptr;
    std::ptrdiff_t best_wildcards = 0;
    for (const KeyRow& row : key_rows) {
        const auto pattern = segments_of(row);
        if (!matches(pattern, segments)) continue;
        const auto wildcards = std::ranges::count_if(pattern, is_wildcard);
        if (best == nullptr || wildcards < best_wildcards) {
            best = &row;
            best_wildcards = wildcards;
        }
    }
    return best;
}

std::string nearest_key(std::span<const std::string> segments) {
    const std::string wanted = join(segments);
    // Beyond this a suggestion puzzles more than it helps; keys can be long, so the work is bounded
    // too.
    constexpr std::size_t key_bytes_max = 200;
    if (wanted.size() > key_bytes_max) return {};
    std::size_t best_distance = std::clamp<std::size_t>(wanted.size() / 3, 2, 6) + 1;
    std::string best;
    for (const KeyRow& row : key_rows) {
        std::string candidate = filled(segments_of(row), segments);
        // Each letter more is a difference: this spares most of the work.
        const std::size_t lengths_apart =
            std::max(wanted.size(), candidate.size()) - std::min(wanted.size(), candidate.size());
        if (lengths_apart >= best_distance) continue;
        const std::size_t distance = edit_distance(wanted, candidate);
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = std::move(candidate);
    }
    return best;
}

}  // namespace warren::config
