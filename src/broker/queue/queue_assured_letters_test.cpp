// Dead letters of quorum queues that must arrive (x-dead-letter-strategy at-least-once).
#include "base/limits.h"
#include "broker/queue/queue_quorum_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

using Outcomes = std::vector<ConfirmOutcome>;
using Dead = std::vector<TestHost::Dead>;
constexpr auto taken = ConfirmOutcome::taken;
constexpr auto refused = ConfirmOutcome::refused;
constexpr std::int64_t retry_ms = limits::letter_retry_ms;

class assured_letters : public QuorumTest {
protected:
    void make_assured() {
        make_quorum({.overflow = Overflow::reject_publish,
                     .dead_letter_exchange = "dlx",
                     .delivery_limit = 20,
                     .dead_letter_at_least_once = true});
    }
    std::uint64_t letters() { return queue().stats().assured_letters; }
};

TEST_F(assured_letters, keeps_a_dead_letter_until_it_is_safe) {
    make_assured();
    consume(a);
    publish("m");
    turn();
    settle_and_turn("m", Settlement::reject);
    EXPECT_EQ(host.dead, (Dead{{"m", DeathReason::rejected}}));
    EXPECT_EQ(letters(), 1u);
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(messages_logged(), (Positions{1}));
    queue().letter_done(1, LetterOutcome::safe);
    turn();
    EXPECT_EQ(letters(), 0u);
    EXPECT_EQ(messages_logged(), Positions{});
    EXPECT_EQ(entries_of(MessageNotes::log_level), 0u);
}

TEST_F(assured_letters, sends_a_dead_letter_again_that_found_no_queue) {
    make_assured();
    consume(a);
    publish("m");
    turn();
    settle_and_turn("m", Settlement::reject);
    for (const auto outcome : {LetterOutcome::unroutable, LetterOutcome::refused}) {
        host.dead.clear();
        queue().letter_done(1, outcome);
        advance(retry_ms - 1);
        EXPECT_EQ(host.dead, Dead{});
        advance(1);
        EXPECT_EQ(host.dead, (Dead{{"m", DeathReason::rejected}}));
    }
    EXPECT_EQ(host.letters_confirmed, 0u);
    queue().letter_done(1, LetterOutcome::safe);
    queue().letter_done(1, LetterOutcome::safe);
    EXPECT_EQ(host.letters_confirmed, 1u);
    EXPECT_EQ(host.given_up, 0u);
}

TEST_F(assured_letters, sends_dead_letters_again_after_a_crash) {
    make_assured();
    consume(a);
    publish_all({"1", "2", "3"});
    turn();
    settle("2", Settlement::reject);
    turn();
    host.clock = host.clock.plus_ms(5);
    settle("1", Settlement::reject);
    turn();
    page_out();
    host.dead.clear();
    crash();
    EXPECT_EQ(letters(), 2u);
    turn();
    EXPECT_EQ(host.dead, (Dead{{"2", DeathReason::rejected}, {"1", DeathReason::rejected}}));
    EXPECT_EQ(get_all(), (Bodies{"3*"}));
    for (const std::uint64_t position : {1, 2})
        queue().letter_done(position, LetterOutcome::safe);
    turn();
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(assured_letters, a_limited_number_of_dead_letters_is_on_its_way) {
    make_assured();
    consume(a);
    for (int i = 0; i < 300; ++i)
        publish("m");
    turn();
    queue().settle({{1}, {300}, Settlement::reject});
    turn();
    EXPECT_EQ(host.dead.size(), 256u);
    queue().letter_done(7, LetterOutcome::safe);
    EXPECT_EQ(host.dead.size(), 257u);
    EXPECT_EQ(host.letters.back(), 257u);
    EXPECT_EQ(letters(), 299u);
}

TEST_F(assured_letters, dead_letters_that_wait_count_for_the_length) {
    make_quorum({.length_max = 1,
                 .overflow = Overflow::reject_publish,
                 .dead_letter_exchange = "dlx",
                 .dead_letter_at_least_once = true});
    consume(a);
    EXPECT_EQ(publish_one_by_one(2), (Outcomes{taken, taken}));
    queue().settle({{1}, {2}, Settlement::reject});
    turn();
    EXPECT_EQ(publish_one_by_one(1), (Outcomes{refused}));
    for (const std::uint64_t position : host.letters)
        queue().letter_done(position, LetterOutcome::safe);
    EXPECT_EQ(publish_one_by_one(1), (Outcomes{taken}));
}

TEST_F(assured_letters, a_purge_takes_waiting_dead_letters_along) {
    make_assured();
    consume(a, 1);
    publish_all({"1", "2", "3"});
    turn();
    settle_and_turn("1", Settlement::reject);
    queue().purge({ticket});
    turn();
    EXPECT_EQ(host.last_reply<Purged>().messages, 2u);
    EXPECT_EQ(messages_logged(), (Positions{2}));
    queue().letter_done(1, LetterOutcome::safe);
    EXPECT_EQ(letters(), 0u);
}

TEST_F(assured_letters, a_message_that_dies_of_its_limit_keeps_its_counters_until_it_is_safe) {
    make_assured();
    consume(a, 1);
    publish("m");
    turn();
    return_next("m", Settlement::fail, 21);
    EXPECT_EQ(host.dead, (Dead{{"m", DeathReason::delivery_limit}}));
    EXPECT_EQ(letters(), 1u);
    EXPECT_EQ(host.given_up, 1u);
    queue().letter_done(1, LetterOutcome::refused);
    advance(retry_ms);
    EXPECT_EQ(host.dead.size(), 2u);
    EXPECT_EQ(host.given_up, 1u) << "it is given up once, however often it is sent";
}

}  // namespace
}  // namespace warren::broker::testing
