#include "http/metrics/exposition.h"

#include <utility>

namespace warren::http::metrics {

namespace {

// Less than a tenth of a millisecond, so that others on the shard have their turns.
constexpr std::size_t piece_bytes = 65'536;

}  // namespace

void Exposition::add(const Metric& metric, std::size_t rows, WriteRow write) {
    parts_.push_back({prefix_, &metric, rows, std::move(write)});
}

void Exposition::add(const Metric& metric, std::uint64_t value) {
    add(metric, 1, [value](Samples& samples, std::size_t) { samples.write({}, value); });
}

void Exposition::add_real(const Metric& metric, double value) {
    add(metric, 1, [value](Samples& samples, std::size_t) { samples.write_real({}, value); });
}

void Exposition::add_comment(std::string text) {
    parts_.push_back({std::move(text), nullptr, 0, nullptr});
}

bool Exposition::write_rows(Part& part, std::string& into, std::size_t bytes_max) {
    if (part.metric == nullptr) {
        into += "# " + part.prefix + "\n";
        return false;
    }
    Samples samples(into, part.prefix, *part.metric);
    if (next_row_ == 0) samples.write_head();
    while (next_row_ < part.rows) {
        part.write(samples, next_row_++);
        if (into.size() >= bytes_max) return next_row_ < part.rows;
    }
    return false;
}

bool Exposition::write_piece(std::string& into) {
    into.reserve(into.size() + piece_bytes + piece_bytes / 16);
    const std::size_t bytes_max = into.size() + piece_bytes;
    while (next_part_ < parts_.size() && into.size() < bytes_max) {
        if (write_rows(parts_[next_part_], into, bytes_max)) return true;
        parts_[next_part_].write = nullptr;
        ++next_part_;
        next_row_ = 0;
    }
    return next_part_ < parts_.size();
}

}  // namespace warren::http::metrics
