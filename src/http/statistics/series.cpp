#include "http/statistics/series.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::http::statistics {

namespace {

constexpr unsigned bits_per_byte = 7;
constexpr std::uint8_t more_follows = 0x80;

// Small differences of either sign become small numbers.
std::uint64_t folded(std::uint64_t difference) {
    return (difference << 1) ^ (0 - (difference >> 63));
}
std::uint64_t unfolded(std::uint64_t number) {
    return (number >> 1) ^ (0 - (number & 1));
}

std::size_t unpack_number(const std::vector<std::uint8_t>& packed, std::size_t at,
                          std::uint64_t& number) {
    number = 0;
    for (unsigned shift = 0;; shift += bits_per_byte) {
        const std::uint8_t byte = packed[at++];
        number |= static_cast<std::uint64_t>(byte & ~more_follows) << shift;
        if ((byte & more_follows) == 0) return at;
    }
}

}  // namespace

void Series::pack(std::uint64_t number) {
    for (; number >= more_follows; number >>= bits_per_byte)
        packed_.push_back(static_cast<std::uint8_t>(number) | more_follows);
    packed_.push_back(static_cast<std::uint8_t>(number));
}

std::size_t Series::unpack(std::size_t at, Tick& tick, Row& row) const {
    std::uint64_t number = 0;
    at = unpack_number(packed_, at, number);
    tick += static_cast<Tick>(number);
    for (std::uint64_t& column : row) {
        at = unpack_number(packed_, at, number);
        column += unfolded(number);
    }
    return at;
}

void Series::append(Tick tick, std::span<const std::uint64_t> row) {
    if (empty()) {
        first_.assign(row.begin(), row.end());
        last_ = first_;
        first_tick_ = last_tick_ = tick;
        return;
    }
    ENSURE(tick > last_tick_ && row.size() == last_.size());
    pack(tick - last_tick_);
    for (std::size_t column = 0; column < row.size(); ++column)
        pack(folded(row[column] - last_[column]));
    last_.assign(row.begin(), row.end());
    last_tick_ = tick;
}

void Series::drop_before(Tick tick) {
    while (begin_ != packed_.size()) {
        Tick next_tick = first_tick_;
        Row next = first_;
        const std::size_t at = unpack(begin_, next_tick, next);
        if (next_tick > tick) break;
        first_tick_ = next_tick;
        first_ = std::move(next);
        begin_ = at;
    }
    // What is gone is given back in large pieces.
    if (begin_ == packed_.size()) {
        packed_ = {};
        begin_ = 0;
    } else if (begin_ > packed_.size() / 8) {
        packed_.erase(packed_.begin(), packed_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }
}

}  // namespace warren::http::statistics
