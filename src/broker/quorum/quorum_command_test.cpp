// Commands of quorum queues, their bytes and their fold. Whatever the bytes are, the outcome is a
// sound command or a text.
#include "broker/quorum/quorum_command.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "broker/quorum/quorum_state.h"
#include "broker/quorum/raft_record.h"

namespace warren::broker {
namespace {

QuorumCommand sample() {
    QuorumCommand command;
    for (std::uint64_t position = 5; position != 9; ++position)
        command.add_enqueued(position, 4, 1'000, 102);
    command.add_enqueued(9, 31, INT64_MAX, 7);
    command.changed.push_back({2, {.delivery_count = 1, .acquired_count = 2, .returned = 3}});
    command.changed.push_back({3,
                               {.acquired_count = 1,
                                .returned = 4,
                                .delayed_until_ms = 77,
                                .died = DeathReason::delivery_limit,
                                .died_at_ms = 88}});
    command.add_departed(1, Departure::acknowledged);
    command.add_departed(7, Departure::expired);
    command.add_departed(8, Departure::expired);
    command.purged = PurgedThrough{9, {{2, 3}, {6, 6}}};
    return command;
}

std::string encoded(const QuorumCommand& command) {
    std::string bytes;
    append_encoded(command, bytes);
    return bytes;
}

TEST(quorum_command, neighbours_become_one_run) {
    const QuorumCommand command = sample();
    ASSERT_EQ(command.enqueued.size(), 2u);
    EXPECT_EQ(command.enqueued[0], (EnqueuedRun{5, 1'000, 4, 102, 4}));
    ASSERT_EQ(command.departed.size(), 2u);
    EXPECT_EQ(command.departed[1], (DepartedRun{7, 8, Departure::expired}));
}

TEST(quorum_command, what_is_encoded_is_decoded) {
    for (const QuorumCommand& command : {sample(), QuorumCommand{}}) {
        const auto decoded = decode_quorum_command(as_bytes(encoded(command)));
        ASSERT_TRUE(decoded.has_value()) << decoded.error();
        EXPECT_EQ(*decoded, command);
    }
}

TEST(quorum_command, a_cut_command_is_refused_wherever_it_is_cut) {
    const std::string bytes = encoded(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_quorum_command(as_bytes(bytes.substr(0, size))).has_value()) << size;
    EXPECT_FALSE(decode_quorum_command(as_bytes(bytes + '\0')).has_value());
}

TEST(quorum_command, a_damaged_command_is_refused_or_another_sound_one) {
    const std::string bytes = encoded(sample());
    int refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
            const auto decoded = decode_quorum_command(as_bytes(damaged));
            if (decoded)
                EXPECT_EQ(encoded(*decoded), damaged) << at;
            else
                ++refused;
        }
    EXPECT_GT(refused, 300);
}

TEST(quorum_command, an_unknown_version_is_named) {
    std::string bytes = encoded(sample());
    bytes[1] = 2;
    EXPECT_EQ(decode_quorum_command(as_bytes(bytes)).error(),
              "quorum command: version 2 is unknown");
}

TEST(quorum_state, is_what_the_commands_have_left) {
    QuorumState state;
    QuorumCommand first;
    for (std::uint64_t position = 1; position != 5; ++position)
        first.add_enqueued(position, 4, INT64_MAX, 10);
    ASSERT_TRUE(state.apply(first).has_value());
    EXPECT_EQ(state.entries().size(), 4u);
    QuorumCommand second;
    second.changed.push_back({2, {.delivery_count = 3}});
    second.changed.push_back({99, {.delivery_count = 3}});
    second.add_departed(1, Departure::acknowledged);
    second.add_departed(50, Departure::acknowledged);
    ASSERT_TRUE(state.apply(second).has_value());
    EXPECT_EQ(state.entries().size(), 3u);
    EXPECT_EQ(state.entries().at(2).note.delivery_count, 3u);
    EXPECT_EQ(state.last_position(), 4u);
}

TEST(quorum_state, a_purge_leaves_what_consumers_hold) {
    QuorumState state;
    QuorumCommand command;
    for (std::uint64_t position = 1; position != 11; ++position)
        command.add_enqueued(position, 4, INT64_MAX, 10);
    command.purged = PurgedThrough{9, {{2, 3}, {7, 7}}};
    ASSERT_TRUE(state.apply(command).has_value());
    std::vector<std::uint64_t> left;
    for (const auto& [position, entry] : state.entries())
        left.push_back(position);
    EXPECT_EQ(left, (std::vector<std::uint64_t>{2, 3, 7, 10}));
}

TEST(quorum_state, does_not_take_a_position_twice) {
    QuorumState state;
    QuorumCommand command;
    command.add_enqueued(5, 4, INT64_MAX, 10);
    ASSERT_TRUE(state.apply(command).has_value());
    const QuorumState before = state;
    EXPECT_EQ(state.apply(command).error(), "position 5 is enqueued, and 5 was before");
    EXPECT_EQ(state, before);
}

}  // namespace
}  // namespace warren::broker
