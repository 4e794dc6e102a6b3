#include "storage/run.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/ensure.h"
#include "storage/little_endian.h"

namespace warren::storage {

namespace {

// State of a run, little-endian:
//    0 type u8 (1)   1 version u8 (1)   2 zero u16   4 rows of the run u32
//    8 settled prefix u32: rows before it are settled
//   12 bits, u64 each 64 rows, beginning with those that hold the first row behind the prefix;
//      1: settled; zeros at the end are left out
constexpr std::uint8_t state_type = 1;
constexpr std::uint8_t state_version = 1;
constexpr std::size_t state_head_bytes = 12;

constexpr std::uint32_t word_bits = 64;

constexpr std::uint32_t word_of(std::uint32_t row) {
    return row / word_bits;
}
constexpr std::uint64_t bit_of(std::uint32_t row) {
    return std::uint64_t{1} << row % word_bits;
}
constexpr std::uint32_t words_for(std::uint32_t rows) {
    return (rows + word_bits - 1) / word_bits;
}

// Calls visit(row) for each row whose bit is set.
template <typename Visit>
void for_each_bit(std::uint64_t word, std::uint32_t first_row, Visit visit) {
    for (; word != 0; word &= word - 1)
        visit(first_row + static_cast<std::uint32_t>(std::countr_zero(word)));
}

struct State {
    std::uint32_t prefix = 0;
    std::uint32_t first_word = 0;
    std::vector<std::uint64_t> words;
};

// None: not a state of a run of that many rows.
std::optional<State> decode_state(ByteView bytes, std::uint32_t count) {
    LittleEndianReader reader(bytes);
    const auto type = reader.read<std::uint8_t>();
    const auto version = reader.read<std::uint8_t>();
    reader.read<std::uint16_t>();
    const auto rows = reader.read<std::uint32_t>();
    State state;
    state.prefix = reader.read<std::uint32_t>();
    state.first_word = word_of(state.prefix);
    if (!reader.ok() || type != state_type || version != state_version || rows != count ||
        state.prefix > count)
        return std::nullopt;
    const std::size_t words = reader.rest().size() / sizeof(std::uint64_t);
    if (words > words_for(count) - state.first_word) return std::nullopt;
    for (std::size_t index = 0; index < words; ++index)
        state.words.push_back(reader.read<std::uint64_t>());
    if (!reader.complete()) return std::nullopt;
    // Bits behind the last row would be rows that there are not.
    const bool has_last_word = state.first_word + words == words_for(count);
    if (has_last_word && words != 0 && count % word_bits != 0 &&
        state.words.back() >= bit_of(count))
        return std::nullopt;
    return state;
}

}  // namespace

Run::Run(const RunSummary& summary, std::uint64_t segment, std::uint32_t place)
    : segment_(segment),
      first_position_(summary.first_position),
      last_position_(summary.last_position),
      next_deadline_ms_(summary.first_deadline_ms),
      place_(place),
      count_(summary.count),
      paged_(summary.count),
      level_(summary.level),
      deadlines_in_order_(summary.deadlines_in_order) {
    ENSURE(count_ != 0 && count_ <= run_entries_max);
    ENSURE(last_position_ - first_position_ >= count_ - 1);
}
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;
Run::~Run() = default;

// ---- where rows are ----

bool Run::test_bit(Bits Marks::* bits, std::uint32_t row) const {
    if (!marks_ || ((*marks_).*bits).empty()) return false;
    return (((*marks_).*bits)[word_of(row)] & bit_of(row)) != 0;
}

void Run::set_bit(Bits Marks::* bits, std::uint32_t row) {
    if (!marks_) marks_ = std::make_unique<Marks>();
    Bits& words = (*marks_).*bits;
    if (words.empty()) words.resize(words_for(count_));
    words[word_of(row)] |= bit_of(row);
}

bool Run::has_left(std::uint32_t row) const {
    ENSURE(row < count_);
    return row < cursor_ || test_bit(&Marks::left, row);
}

bool Run::is_settled(std::uint32_t row) const {
    ENSURE(row < count_);
    return row < settled_prefix_ || test_bit(&Marks::settled, row);
}

// The cursor stands at a paged row, or at the end.
void Run::advance_cursor() {
    while (cursor_ < count_ && test_bit(&Marks::left, cursor_))
        ++cursor_;
    if (cursor_ == count_ && marks_) marks_->left = {};
}

void Run::advance_settled_prefix() {
    while (settled_prefix_ < count_ && test_bit(&Marks::settled, settled_prefix_))
        ++settled_prefix_;
    if (settled_prefix_ == count_) marks_.reset();
}

void Run::mark_left(std::uint32_t row) {
    --paged_;
    if (row != cursor_) return set_bit(&Marks::left, row);
    ++cursor_;
    advance_cursor();
}

void Run::mark_settled(std::uint32_t row) {
    ++settled_count_;
    if (row != settled_prefix_) return set_bit(&Marks::settled, row);
    ++settled_prefix_;
    advance_settled_prefix();
}

// ---- taking ----

std::uint64_t Run::first_paged_at_least() const {
    if (paged_ == 0) return last_position_;
    // Positions rise from row to row, by one or more.
    return first_position_ + (positions_ ? positions_->distance_of(cursor_) : cursor_);
}

std::int64_t Run::next_deadline_ms() const {
    return paged_ == 0 ? EntryHead::no_deadline : next_deadline_ms_;
}

Run::Rows Run::take_next(std::uint32_t most) {
    ENSURE(paged_ != 0 && most != 0);
    const std::uint32_t end_max = cursor_ + std::min(most, count_ - cursor_);
    Rows rows{.first = cursor_, .count = 1};
    while (rows.first + rows.count < end_max && !test_bit(&Marks::left, rows.first + rows.count))
        ++rows.count;
    cursor_ += rows.count;
    paged_ -= rows.count;
    advance_cursor();
    return rows;
}

void Run::take_row(std::uint32_t row) {
    ENSURE(is_paged(row));
    mark_left(row);
}

// ---- settling ----

bool Run::needs_positions() const {
    return has_gaps() && !positions_;
}

void Run::give_positions(std::span<const std::uint64_t> positions) {
    ENSURE(positions.size() == count_);
    if (!has_gaps()) return;
    positions_ = std::make_unique<RunPositions>(positions, first_position_, last_position_);
}

std::optional<std::uint32_t> Run::row_of(std::uint64_t position) const {
    ENSURE(!needs_positions());
    if (position < first_position_ || position > last_position_) return std::nullopt;
    const std::uint64_t distance = position - first_position_;
    if (!positions_) return static_cast<std::uint32_t>(distance);
    return positions_->row_at(distance);
}

bool Run::knows(std::uint32_t row) const {
    return !positions_ || positions_->knows(row);
}

std::uint64_t Run::position_of(std::uint32_t row) const {
    ENSURE(!needs_positions() && row < count_);
    if (!knows(row)) return 0;
    return first_position_ + (positions_ ? positions_->distance_of(row) : row);
}

Run::Rows Run::paged_rows_from(std::uint32_t row) const {
    ENSURE(!needs_positions());
    std::uint32_t first = std::max(row, cursor_);
    while (first < count_ && !is_paged_and_known(first))
        ++first;
    std::uint32_t end = first;
    while (end < count_ && is_paged_and_known(end))
        ++end;
    return {first, end - first};
}

bool Run::settle(std::uint64_t position) {
    const auto row = row_of(position);
    return row && settle_row(*row);
}

bool Run::settle_row(std::uint32_t row) {
    if (is_settled(row)) return false;
    if (is_paged(row)) mark_left(row);
    mark_settled(row);
    return true;
}

std::uint32_t Run::settle_all_paged() {
    const std::uint32_t settled = paged_;
    // Usual, and there may be thousands of runs: nothing of this one is resident.
    if (!marks_ && settled_prefix_ == cursor_) {
        cursor_ = settled_prefix_ = settled_count_ = count_;
        paged_ = 0;
        return settled;
    }
    while (paged_ != 0)
        settle_row(cursor_);
    return settled;
}

// ---- the state ----

std::string Run::encode_state() const {
    std::array<std::byte, state_head_bytes> head{};
    std::byte* at = store_little_endian(head.data(), state_type);
    at = store_little_endian(at, state_version);
    at = store_little_endian(at, std::uint16_t{0});
    at = store_little_endian(at, count_);
    store_little_endian(at, settled_prefix_);
    std::string state(as_text(head));
    if (!marks_) return state;
    const Bits& words = marks_->settled;
    std::size_t end = words.size();
    while (end != 0 && words[end - 1] == 0)
        --end;
    for (std::size_t index = word_of(settled_prefix_); index < end; ++index) {
        std::array<std::byte, sizeof(std::uint64_t)> word{};
        store_little_endian(word.data(), words[index]);
        state += as_text(word);
    }
    return state;
}

bool Run::apply_state(ByteView bytes) {
    const auto state = decode_state(bytes, count_);
    if (!state) return false;
    for (std::uint32_t row = settled_prefix_; row < state->prefix; ++row)
        settle_row(row);
    std::uint32_t first_row = state->first_word * word_bits;
    for (const std::uint64_t word : state->words) {
        for_each_bit(word, first_row, [&](std::uint32_t row) { settle_row(row); });
        first_row += word_bits;
    }
    return true;
}

void Run::check_invariants() const {
    std::uint32_t paged = 0;
    std::uint32_t settled = 0;
    for (std::uint32_t row = 0; row < count_; ++row) {
        paged += is_paged(row) ? 1 : 0;
        settled += is_settled(row) ? 1 : 0;
        ENSURE(!is_settled(row) || !is_paged(row));
    }
    ENSURE(paged == paged_ && settled == settled_count_);
    ENSURE(cursor_ == count_ || is_paged(cursor_));
    ENSURE(settled_prefix_ == count_ || !is_settled(settled_prefix_));
    ENSURE(settled_prefix_ <= cursor_);
    ENSURE(!positions_ || positions_->count() == count_);
}

}  // namespace warren::storage
