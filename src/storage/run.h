#pragma once
// What is known in memory of one run of a queue, on its shard: where each of its entries is.
//
//   paged     only the file has it
//   taken     loaded; the owner holds it
//   settled   has left the queue, after it was taken or, by a purge, straight from being paged
//
// Rows are taken in order by a cursor, or singly out of order (expiry). The usual run is consumed
// from front to back: then the cursor and a settled prefix say it all and nothing is allocated.
// A queue of a hundred million messages has six thousand of these.
//
// Entries are settled by position. In a run without gaps the row is arithmetic; in others the
// positions must be given first (needs_positions()).
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "storage/run_positions.h"
#include "storage/segment.h"

namespace warren::storage {

class Run {
public:
    // Rows [first, first + count).
    struct Rows {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };

    // `place`: number of the run in the footer of its segment.
    Run(const RunSummary& summary, std::uint64_t segment, std::uint32_t place);
    Run(Run&&) noexcept;
    Run& operator=(Run&&) noexcept;
    ~Run();

    std::uint64_t segment() const { return segment_; }
    std::uint32_t place() const { return place_; }
    std::uint8_t level() const { return level_; }
    std::uint64_t first_position() const { return first_position_; }
    std::uint64_t last_position() const { return last_position_; }
    std::uint32_t count() const { return count_; }
    // Not settled.
    std::uint32_t live() const { return count_ - settled_count_; }
    std::uint32_t paged() const { return paged_; }
    // At least one entry is settled and one is not: the state must be kept in the log.
    bool partly_settled() const { return settled_count_ != 0 && settled_count_ != count_; }

    // No paged entry has a lower position.
    std::uint64_t first_paged_at_least() const;
    // No paged entry expires before this. Exact after set_next_deadline(), else the run's earliest.
    std::int64_t next_deadline_ms() const;
    void set_next_deadline(std::int64_t deadline_ms) { next_deadline_ms_ = deadline_ms; }
    bool deadlines_in_order() const { return deadlines_in_order_; }

    // Takes the next paged rows, at most `most`, up to a row that has been taken or settled before;
    // only if paged() != 0.
    Rows take_next(std::uint32_t most);
    // Takes one paged row out of order.
    void take_row(std::uint32_t row);
    // A row is one of the three.
    bool is_paged(std::uint32_t row) const { return !has_left(row); }
    bool is_taken(std::uint32_t row) const { return has_left(row) && !is_settled(row); }
    bool is_settled(std::uint32_t row) const;

    // row_of(), position_of() and settle() must not be called while this is true.
    bool needs_positions() const;
    // Of all rows, in order; 0 where the row is damaged: by its position it is not found.
    void give_positions(std::span<const std::uint64_t> positions);
    // None: no entry of this run has that position.
    std::optional<std::uint32_t> row_of(std::uint64_t position) const;
    // 0 if the row is damaged.
    std::uint64_t position_of(std::uint32_t row) const;
    // The first stretch of paged rows at or behind this one, leaving out those whose position is
    // damaged; none: count is 0.
    Rows paged_rows_from(std::uint32_t row) const;
    // False if there is no such entry or it was settled before. The entry may be paged or taken.
    bool settle(std::uint64_t position);
    bool settle_row(std::uint32_t row);
    // Returns how many there were.
    std::uint32_t settle_all_paged();

    // What is settled, for a run_state record: a few bytes for a prefix, 2 KiB at most; run.cpp
    // draws them. apply_state() adds to what is settled already; false: not a state of a run like
    // this, and nothing has changed.
    std::string encode_state() const;
    bool apply_state(ByteView state);

    void check_invariants() const;

private:
    // One bit a row; empty until the first is set.
    using Bits = std::vector<std::uint64_t>;
    // For entries that leave out of order.
    struct Marks {
        Bits left;     // rows from cursor_ on that are not paged
        Bits settled;  // rows from settled_prefix_ on
    };

    // Is not paged.
    bool has_left(std::uint32_t row) const;
    bool has_gaps() const { return last_position_ - first_position_ + 1 != count_; }
    bool is_paged_and_known(std::uint32_t row) const { return is_paged(row) && knows(row); }
    // Its position.
    bool knows(std::uint32_t row) const;
    void mark_left(std::uint32_t row);
    void mark_settled(std::uint32_t row);
    void advance_cursor();
    void advance_settled_prefix();
    void set_bit(Bits Marks::* bits, std::uint32_t row);
    bool test_bit(Bits Marks::* bits, std::uint32_t row) const;

    std::uint64_t segment_;
    std::uint64_t first_position_;
    std::uint64_t last_position_;
    std::int64_t next_deadline_ms_;
    std::uint32_t place_;
    std::uint32_t count_;
    std::uint32_t paged_;
    std::uint32_t settled_count_ = 0;
    std::uint32_t cursor_ = 0;          // rows before it are not paged
    std::uint32_t settled_prefix_ = 0;  // rows before it are settled
    std::uint8_t level_;
    bool deadlines_in_order_;
    std::unique_ptr<Marks> marks_;
    std::unique_ptr<RunPositions> positions_;  // null: not needed or not given
};

}  // namespace warren::storage
