// One run in memory: entries are taken and settled in any order, and its state is said and heard.
#include "storage/run.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/prng.h"

namespace warren::storage {

namespace {

// (storage::Run is written in full here: gtest has a Run of its own.)

// Positions first, first + 1, ...
RunSummary dense(std::uint32_t count, std::uint64_t first = 101) {
    return {.queue = {1},
            .level = 3,
            .count = count,
            .first_position = first,
            .last_position = first + count - 1,
            .first_deadline_ms = 5000};
}

TEST(run, begins_with_everything_paged) {
    const storage::Run run(dense(10), 7, 2);
    EXPECT_EQ(run.segment(), 7);
    EXPECT_EQ(run.place(), 2);
    EXPECT_EQ(run.level(), 3);
    EXPECT_EQ(run.count(), 10);
    EXPECT_EQ(run.live(), 10);
    EXPECT_EQ(run.paged(), 10);
    EXPECT_FALSE(run.partly_settled());
    EXPECT_FALSE(run.needs_positions());
    EXPECT_EQ(run.first_paged_at_least(), 101);
    EXPECT_EQ(run.next_deadline_ms(), 5000);
}

TEST(run, is_small) {
    // A queue of a hundred million messages has six thousand.
    EXPECT_LE(sizeof(storage::Run), 160);
}

TEST(run, is_consumed_from_front_to_back) {
    storage::Run run(dense(10), 1, 0);
    const auto [first, count] = run.take_next(4);
    EXPECT_EQ(first, 0);
    EXPECT_EQ(count, 4);
    EXPECT_EQ(run.paged(), 6);
    EXPECT_EQ(run.live(), 10);
    EXPECT_EQ(run.first_paged_at_least(), 105);
    EXPECT_TRUE(run.settle(101));
    EXPECT_TRUE(run.settle(102));
    EXPECT_TRUE(run.partly_settled());
    EXPECT_EQ(run.live(), 8);
    const auto rest = run.take_next(100);
    EXPECT_EQ(rest.first, 4);
    EXPECT_EQ(rest.count, 6);
    EXPECT_EQ(run.paged(), 0);
    for (std::uint64_t position = 103; position <= 110; ++position)
        EXPECT_TRUE(run.settle(position));
    EXPECT_EQ(run.live(), 0);
    EXPECT_FALSE(run.partly_settled());
    run.check_invariants();
}

TEST(run, takes_up_to_a_row_that_was_taken_before) {
    storage::Run run(dense(10), 1, 0);
    run.take_row(4);
    run.take_row(5);
    run.take_row(9);
    EXPECT_TRUE(run.is_taken(4));
    EXPECT_TRUE(run.is_paged(3));
    const auto before = run.take_next(100);
    EXPECT_EQ(before.first, 0);
    EXPECT_EQ(before.count, 4);
    EXPECT_EQ(run.first_paged_at_least(), 107);
    const auto behind = run.take_next(100);
    EXPECT_EQ(behind.first, 6);
    EXPECT_EQ(behind.count, 3);
    EXPECT_EQ(run.paged(), 0);
    run.check_invariants();
}

TEST(run, settles_an_entry_once) {
    storage::Run run(dense(10), 1, 0);
    EXPECT_TRUE(run.settle(105));
    EXPECT_FALSE(run.settle(105));
    EXPECT_FALSE(run.settle_row(4));
    EXPECT_TRUE(run.is_settled(4));
    EXPECT_FALSE(run.is_taken(4));
    EXPECT_EQ(run.live(), 9);
    EXPECT_EQ(run.paged(), 9);
    EXPECT_FALSE(run.settle(100));
    EXPECT_FALSE(run.settle(111));
    EXPECT_EQ(run.live(), 9);
}

TEST(run, knows_a_deadline_while_something_is_paged) {
    storage::Run run(dense(2), 1, 0);
    run.set_next_deadline(6000);
    EXPECT_EQ(run.next_deadline_ms(), 6000);
    run.take_next(2);
    EXPECT_EQ(run.next_deadline_ms(), EntryHead::no_deadline);
}

TEST(run, settles_what_is_paged_and_leaves_the_rest) {
    storage::Run untouched(dense(100), 1, 0);
    EXPECT_EQ(untouched.settle_all_paged(), 100);
    EXPECT_EQ(untouched.live(), 0);
    untouched.check_invariants();

    storage::Run run(dense(100), 1, 0);
    run.take_next(10);
    run.take_row(50);
    run.settle(101);
    EXPECT_EQ(run.settle_all_paged(), 89);
    EXPECT_EQ(run.paged(), 0);
    EXPECT_EQ(run.live(), 10);
    EXPECT_TRUE(run.is_taken(9));
    EXPECT_TRUE(run.is_taken(50));
    EXPECT_TRUE(run.is_settled(51));
    EXPECT_EQ(run.settle_all_paged(), 0);
    run.check_invariants();
}

TEST(run, with_gaps_needs_its_positions) {
    RunSummary summary = dense(4, 10);
    summary.last_position = 1000;
    storage::Run run(summary, 1, 0);
    EXPECT_TRUE(run.needs_positions());
    run.take_next(2);
    EXPECT_EQ(run.first_paged_at_least(), 12);  // at least
    const std::vector<std::uint64_t> positions{10, 20, 500, 1000};
    run.give_positions(positions);
    EXPECT_FALSE(run.needs_positions());
    EXPECT_EQ(run.first_paged_at_least(), 500);
    for (std::uint32_t row = 0; row < 4; ++row)
        EXPECT_EQ(run.row_of(positions[row]), row);
    EXPECT_EQ(run.position_of(1), 20);
    for (const std::uint64_t position : {0, 9, 11, 499, 501, 1001})
        EXPECT_EQ(run.row_of(position), std::nullopt) << position;
    EXPECT_TRUE(run.settle(500));
    EXPECT_TRUE(run.is_settled(2));
}

TEST(run, does_not_find_damaged_rows_by_position) {
    RunSummary summary = dense(5, 10);
    summary.last_position = 1000;
    storage::Run run(summary, 1, 0);
    // Unknown, out of order, and outside of the run.
    run.give_positions(std::vector<std::uint64_t>{10, 0, 700, 600, 5000});
    EXPECT_EQ(run.row_of(10), 0);
    EXPECT_EQ(run.row_of(700), 2);
    for (const std::uint64_t position : {11, 600, 1000, 5000})
        EXPECT_EQ(run.row_of(position), std::nullopt) << position;
    EXPECT_EQ(run.position_of(0), 10);
    EXPECT_EQ(run.position_of(1), 0);
    EXPECT_EQ(run.position_of(2), 700);
    EXPECT_EQ(run.position_of(4), 0);
    // Whoever logs positions of paged rows is not led to damaged ones.
    EXPECT_EQ(run.paged_rows_from(0).count, 1);
    EXPECT_EQ(run.paged_rows_from(1).first, 2);
    EXPECT_EQ(run.paged_rows_from(1).count, 1);
    EXPECT_EQ(run.paged_rows_from(3).count, 0);
    EXPECT_TRUE(run.settle_row(1));
    EXPECT_EQ(run.settle_all_paged(), 4);
}

TEST(run, shows_its_paged_stretches) {
    storage::Run run(dense(10), 1, 0);
    run.take_next(2);
    run.take_row(5);
    run.settle_row(9);
    const auto stretch = [&](std::uint32_t row) {
        const storage::Run::Rows rows = run.paged_rows_from(row);
        return std::pair(rows.first, rows.count);
    };
    EXPECT_EQ(stretch(0), std::pair(2u, 3u));
    EXPECT_EQ(stretch(4), std::pair(4u, 1u));
    EXPECT_EQ(stretch(5), std::pair(6u, 3u));
    EXPECT_EQ(stretch(9).second, 0);
    EXPECT_EQ(stretch(10).second, 0);
    run.settle_all_paged();
    EXPECT_EQ(stretch(0).second, 0);
}

TEST(run, says_a_prefix_in_a_few_bytes) {
    storage::Run run(dense(run_entries_max), 1, 0);
    run.take_next(9000);
    for (std::uint32_t row = 0; row < 9000; ++row)
        run.settle_row(row);
    EXPECT_EQ(run.encode_state().size(), 12);
    run.settle_row(run_entries_max - 1);
    EXPECT_LE(run.encode_state().size(), 12 + run_entries_max / 8);
    storage::Run again(dense(run_entries_max), 1, 0);
    ASSERT_TRUE(again.apply_state(as_bytes(run.encode_state())));
    again.check_invariants();
    EXPECT_EQ(again.live(), run.live());
    EXPECT_EQ(again.paged(), run.live());
    EXPECT_TRUE(again.is_settled(8999));
    EXPECT_TRUE(again.is_paged(9000));
    EXPECT_TRUE(again.is_settled(run_entries_max - 1));
}

TEST(run, adds_a_state_to_what_is_settled) {
    storage::Run first(dense(200), 1, 0);
    first.settle(101);
    first.settle(250);
    storage::Run second(dense(200), 1, 0);
    second.settle(102);
    second.settle(250);
    ASSERT_TRUE(second.apply_state(as_bytes(first.encode_state())));
    second.check_invariants();
    EXPECT_EQ(second.live(), 197);
    EXPECT_EQ(second.encode_state().size(), 12 + 3 * 8);
}

TEST(run, refuses_a_state_that_is_cut_or_not_its_own) {
    storage::Run settled(dense(70), 1, 0);
    settled.settle(101);
    settled.settle(105);
    settled.settle(170);
    const std::string state = settled.encode_state();
    ASSERT_EQ(state.size(), 12 + 2 * 8);
    for (std::size_t bytes = 0; bytes < state.size(); ++bytes) {
        storage::Run run(dense(70), 1, 0);
        // A whole word less is a state too: that of fewer entries.
        if (bytes >= 12 && (bytes - 12) % 8 == 0) continue;
        EXPECT_FALSE(run.apply_state(as_bytes(state).first(bytes))) << bytes;
        EXPECT_EQ(run.live(), 70);
    }
    storage::Run run(dense(70), 1, 0);
    for (const auto& [at, value] : {std::pair<std::size_t, char>{0, 2},  // type
                                    {1, 2},                              // version
                                    {4, 71},                             // rows
                                    {8, 71},                             // a prefix beyond the end
                                    {20, '\x40'}}) {                     // row 70
        std::string changed = state;
        changed[at] = value;
        EXPECT_FALSE(run.apply_state(as_bytes(changed))) << at;
    }
    EXPECT_FALSE(run.apply_state(as_bytes(state + std::string(8, '\0'))));
    EXPECT_EQ(run.live(), 70);
    storage::Run other(dense(71), 1, 0);
    EXPECT_FALSE(other.apply_state(as_bytes(state)));
}

TEST(run, survives_any_bytes_as_a_state) {
    Prng prng(5);
    for (int round = 0; round < 20'000; ++round) {
        storage::Run run(dense(1 + static_cast<std::uint32_t>(prng.below(200))), 1, 0);
        std::string state = run.encode_state();
        state.resize(prng.below(60));
        for (auto changes = prng.below(4); changes != 0 && !state.empty(); --changes)
            state[prng.below(state.size())] = static_cast<char>(prng.next());
        run.apply_state(as_bytes(state));
        run.check_invariants();
    }
}

}  // namespace

}  // namespace warren::storage
