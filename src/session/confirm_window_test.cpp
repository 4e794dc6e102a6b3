#include "session/confirm_window.h"

#include <gtest/gtest.h>

#include <string>

#include "base/prng.h"

namespace warren::session {
namespace {

std::string drained(ConfirmWindow& window) {
    std::string text;
    window.drain([&](std::uint64_t sequence, bool multiple, bool accepted) {
        text += (accepted ? "ack " : "nack ") + std::to_string(sequence) + (multiple ? "+ " : " ");
    });
    return text;
}

TEST(confirm_window, merges_a_run_into_one_multiple_ack) {
    ConfirmWindow window;
    for (int n = 0; n < 5; ++n)
        window.expect(1);
    window.settle(1, 4, true);
    EXPECT_EQ(drained(window), "ack 4+ ");
    window.settle(5, 5, true);
    EXPECT_EQ(drained(window), "ack 5 ");
    EXPECT_EQ(drained(window), "");
}

TEST(confirm_window, waits_for_every_queue_a_message_went_to) {
    ConfirmWindow window;
    window.expect(2);
    window.settle(1, 1, true);
    EXPECT_FALSE(window.has_news());
    window.settle(1, 1, true);
    EXPECT_EQ(drained(window), "ack 1 ");
}

TEST(confirm_window, one_refusal_makes_a_nack) {
    ConfirmWindow window;
    window.expect(2);
    window.expect(1);
    window.settle(1, 1, false);
    window.settle(1, 2, true);
    EXPECT_EQ(drained(window), "nack 1 ack 2 ");
}

TEST(confirm_window, an_unroutable_message_is_complete_at_once_but_does_not_cover_older_ones) {
    ConfirmWindow window;
    window.expect(1);
    window.expect(0);
    EXPECT_EQ(drained(window), "ack 2 ");
    window.settle(1, 1, true);
    EXPECT_EQ(drained(window), "ack 1 ");
}

TEST(confirm_window, ignores_confirms_of_an_earlier_channel) {
    ConfirmWindow earlier(std::uint64_t{1} << 40);
    ConfirmWindow window(std::uint64_t{2} << 40);
    earlier.expect(1);
    const auto stale = earlier.next_sequence() - 1;
    const auto own = window.next_sequence();
    window.expect(1);
    window.settle(stale, stale, true);
    EXPECT_FALSE(window.has_news());
    window.settle(own, own, true);
    EXPECT_EQ(drained(window), "ack 1 ");
}

// What a client keeps: the set of unconfirmed numbers, to which each ack and nack applies.
TEST(confirm_window, every_number_is_answered_once_and_rightly_in_any_order) {
    Prng random(11);
    for (int round = 0; round < 200; ++round) {
        ConfirmWindow window;
        std::map<std::uint64_t, bool> expected;  // number -> accepted
        std::map<std::uint64_t, bool> unconfirmed;
        std::vector<std::uint64_t> waiting;
        for (int step = 0; step < 300; ++step) {
            if (random.below(2) == 0 || waiting.empty()) {
                const auto sequence = window.next_sequence();
                const bool routed = random.below(5) != 0;
                window.expect(routed ? 1 : 0);
                if (routed) waiting.push_back(sequence);
                expected[sequence] = true;
                unconfirmed[sequence] = true;
            } else {
                const auto pick = random.below(waiting.size());
                const bool accepted = random.below(4) != 0;
                expected[waiting[pick]] = accepted;
                window.settle(waiting[pick], waiting[pick], accepted);
                waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
            }
            if (random.below(3) != 0) continue;
            window.drain([&](std::uint64_t sequence, bool multiple, bool accepted) {
                auto from = multiple ? unconfirmed.begin() : unconfirmed.find(sequence);
                ASSERT_NE(unconfirmed.find(sequence), unconfirmed.end());
                while (from != unconfirmed.end() && from->first <= sequence) {
                    ASSERT_EQ(expected[from->first], accepted) << from->first;
                    ASSERT_EQ(std::count(waiting.begin(), waiting.end(), from->first), 0);
                    from = unconfirmed.erase(from);
                }
            });
        }
    }
}

}  // namespace
}  // namespace warren::session
