#include "broker/delay/delay_queue.h"

#include "amqp091/content_header.h"
#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {
namespace {

using amqp091::FieldTable;
using Positions = std::vector<std::uint64_t>;

// How long after the delay that was asked for a message is due; see due_time().
constexpr std::int64_t margin_ms = 2;

class delay_queue : public ::testing::Test {
protected:
    void make(bool durable = true) {
        QueueSettings settings;
        settings.durable = durable;
        settings.delayed_exchange = "x";
        host.turn_wanted = host.log_wanted = false;
        host.timer = Instant::never();
        host.letters.clear();
        queue_ = std::make_unique<DelayQueue>(QueueId{7}, "/", "amq.delayed.x", settings, host);
    }
    void make_with_log(std::optional<std::uint64_t> delivered_through = 0, bool durable = true) {
        make(durable);
        queue().attach(
            [&](auto& owner, auto& sink, auto& restored) {
                return disk.open(owner, sink, delivered_through, restored);
            },
            {});
        queue().check_invariants();
    }
    void crash() { make_with_log(std::nullopt); }
    DelayQueue& queue() {
        if (queue_ == nullptr) make_with_log();
        return *queue_;
    }
    void publish(std::string_view text, std::int64_t delay_ms, bool persistent = true) {
        const std::string header =
            amqp091::HeaderEdit().set_headers({{"x-delay", delay_ms}}).encode(text.size());
        MessageTraits traits;
        traits.persistent = persistent;
        traits.has_headers = true;
        queue().publish(Message::make("x", "k", as_bytes(header), as_bytes(text), traits),
                        {{1}, {1}, ++sequence});
    }
    void turn() {
        host.run_turns(queue());
        queue().check_invariants();
    }
    void advance(std::int64_t ms) {
        host.advance(queue(), ms);
        queue().check_invariants();
    }
    // What has been sent on since the last call.
    Bodies sent() {
        Bodies bodies;
        for (const auto& passed : std::exchange(host.passed, {})) {
            bodies.push_back(passed.body);
            if (passed.position != 0) waiting_letters.push_back(passed.position);
        }
        return bodies;
    }
    void all_done(LetterOutcome outcome = LetterOutcome::safe) {
        for (const std::uint64_t position : std::exchange(waiting_letters, {}))
            queue().letter_done(position, outcome);
        queue().check_invariants();
    }
    GetOk get(bool auto_ack = true) {
        queue().get({holder, auto_ack, {{1}, 1}});
        return host.last_reply<GetOk>();
    }
    bool get_is_empty() {
        queue().get({holder, true, {{1}, 1}});
        return std::holds_alternative<GetEmpty>(host.replies.back().body);
    }
    Positions logged() const {
        Positions positions;
        for (const auto& [position, entry] : disk.entries())
            positions.push_back(position);
        return positions;
    }
    void page_out(std::uint64_t through) {
        disk.begin_paging(through);
        ASSERT_TRUE(disk.is_paging());
        disk.end_paging();
        queue().check_invariants();
    }

    TestHost host;
    QueueDisk disk;
    const ConsumerId holder{{1}, {1}, 0};
    std::uint64_t sequence = 0;
    Positions waiting_letters;

private:
    std::unique_ptr<DelayQueue> queue_;
};

TEST_F(delay_queue, sends_on_what_is_due_in_the_order_of_time) {
    publish("late", 500);
    publish("soon", 100);
    publish("later", 900);
    publish("as soon", 100);
    turn();
    advance(99 + margin_ms);
    EXPECT_EQ(sent(), Bodies{});
    advance(1);
    EXPECT_EQ(sent(), (Bodies{"soon", "as soon"}));
    advance(400);
    EXPECT_EQ(sent(), (Bodies{"late"}));
    EXPECT_EQ(queue().stats().ready, 1u);
    EXPECT_EQ(queue().stats().next_due, host.clock.plus_ms(400));
    EXPECT_EQ(queue().stats().counters.sent_on, 3u);
}

// A turn may be long, and what comes at its end has not waited since its start.
TEST_F(delay_queue, counts_from_the_moment_in_which_a_message_arrives) {
    host.late_in_turn_ms = 40;
    publish("1", 100);
    turn();
    host.late_in_turn_ms = 0;
    advance(139 + margin_ms);
    EXPECT_EQ(sent(), Bodies{});
    advance(1);
    EXPECT_EQ(sent(), (Bodies{"1"}));
}

TEST_F(delay_queue, keeps_transient_messages_too) {
    publish("transient", 100, false);
    turn();
    ASSERT_EQ(host.confirmed.size(), 1u);
    EXPECT_EQ(host.confirmed[0].outcome, ConfirmOutcome::taken_to_log);
    EXPECT_EQ(logged(), (Positions{1}));
    crash();
    EXPECT_EQ(queue().stats().ready, 1u);
}

TEST_F(delay_queue, of_a_transient_exchange_keeps_nothing) {
    make(false);
    publish("gone with the node", 100);
    EXPECT_EQ(host.confirmed[0].outcome, ConfirmOutcome::taken);
    EXPECT_FALSE(host.log_wanted);
    advance(200);
    EXPECT_EQ(sent(), (Bodies{"gone with the node"}));
    EXPECT_EQ(queue().stats().letters, 0u);
}

TEST_F(delay_queue, settles_what_was_sent_on_when_it_has_arrived) {
    publish("1", 10);
    publish("2", 20);
    publish("3", 30);
    turn();
    advance(100);
    EXPECT_EQ(sent(), (Bodies{"1", "2", "3"}));
    EXPECT_EQ(logged(), (Positions{1, 2, 3}));
    EXPECT_EQ(queue().stats().letters, 3u);
    EXPECT_EQ(queue().stats().ready, 0u);
    queue().letter_done(2, LetterOutcome::safe);
    queue().letter_done(3, LetterOutcome::refused);
    queue().letter_done(1, LetterOutcome::unroutable);
    queue().letter_done(1, LetterOutcome::safe);
    EXPECT_EQ(logged(), Positions{});
    EXPECT_EQ(queue().stats().letters, 0u);
}

TEST_F(delay_queue, sends_on_again_after_a_crash_what_was_on_its_way) {
    publish("1", 10);
    publish("2", 10);
    publish("3", 1000);
    turn();
    advance(20);
    EXPECT_EQ(sent(), (Bodies{"1", "2"}));
    queue().letter_done(1, LetterOutcome::safe);
    crash();
    advance(0);
    EXPECT_EQ(sent(), (Bodies{"2"}));
    EXPECT_EQ(queue().stats().ready, 1u);
}

TEST_F(delay_queue, sends_on_at_the_start_what_was_due_during_the_stop_and_nothing_early) {
    publish("due", 1000);
    publish("paged and due", 2000);
    publish("paged and not due", 500'000);
    publish("not due", 400'000);
    turn();
    page_out(3);
    // The new process counts its time from elsewhere; a minute has passed.
    host.wall_offset_ms += 60'000 - 7'000'000;
    host.clock = host.clock.plus_ms(7'000'000);
    crash();
    EXPECT_EQ(queue().stats().ready, 4u);
    advance(0);
    EXPECT_EQ(sent(), (Bodies{"due", "paged and due"}));
    advance(400'000 - 60'000 + margin_ms - 1);
    EXPECT_EQ(sent(), Bodies{});
    advance(1);
    EXPECT_EQ(sent(), (Bodies{"not due"}));
    advance(100'000);
    EXPECT_EQ(sent(), (Bodies{"paged and not due"}));
}

TEST_F(delay_queue, gives_the_one_that_is_due_next_to_an_operator) {
    publish("late", 500);
    publish("soon", 100);
    publish("later", 900);
    turn();
    page_out(3);
    const GetOk got = get();
    EXPECT_EQ(body_text(got.delivery.message), "soon");
    EXPECT_EQ(got.ready_left, 2u);
    EXPECT_EQ(logged(), (Positions{1, 3}));
    advance(1000);
    EXPECT_EQ(sent(), (Bodies{"late", "later"}));
    EXPECT_TRUE(get_is_empty());
}

TEST_F(delay_queue, takes_back_what_was_got_and_not_acknowledged) {
    publish("acknowledged", 100);
    publish("rejected", 200);
    publish("requeued", 300);
    publish("abandoned", 400);
    turn();
    std::vector<DeliveryIndex> indices;
    for (int i = 0; i < 4; ++i)
        indices.push_back(get(false).delivery.index);
    EXPECT_EQ(queue().stats().unacked, 4u);
    EXPECT_EQ(queue().delivered_through(), 4u);
    queue().settle({indices[0], indices[0], Settlement::ack});
    queue().settle({indices[1], indices[1], Settlement::reject});
    queue().settle({indices[2], indices[2], Settlement::requeue});
    EXPECT_EQ(logged(), (Positions{3, 4}));
    queue().apply(Release{holder.connection, {9}});
    EXPECT_EQ(queue().stats().unacked, 1u);
    queue().apply(Release{holder.connection, holder.channel});
    EXPECT_EQ(queue().stats().unacked, 0u);
    advance(350);
    EXPECT_EQ(sent(), (Bodies{"requeued"}));
    const GetOk got = get();
    EXPECT_EQ(body_text(got.delivery.message), "abandoned");
    EXPECT_TRUE(got.delivery.redelivered);
}

TEST_F(delay_queue, sends_on_what_comes_back_late) {
    publish("1", 100);
    turn();
    const DeliveryIndex index = get(false).delivery.index;
    advance(500);
    EXPECT_EQ(sent(), Bodies{});
    queue().settle({index, index, Settlement::requeue});
    advance(0);
    EXPECT_EQ(sent(), (Bodies{"1"}));
}

TEST_F(delay_queue, cancels_all_by_a_purge) {
    for (int i = 1; i <= 10; ++i)
        publish(std::to_string(i), 100 * (11 - i));
    turn();
    page_out(6);
    const DeliveryIndex held = get(false).delivery.index;
    advance(250);
    EXPECT_EQ(sent(), (Bodies{"9"}));
    queue().purge({{{1}, 1}});
    EXPECT_EQ(host.last_reply<Purged>().messages, 8u);
    turn();
    advance(10'000);
    EXPECT_EQ(sent(), Bodies{});
    all_done();
    queue().settle({held, held, Settlement::ack});
    EXPECT_EQ(logged(), Positions{});
    EXPECT_EQ(queue().resident_bytes(), 0u);
    publish("after", 100);
    advance(200);
    EXPECT_EQ(sent(), (Bodies{"after"}));
}

TEST_F(delay_queue, counts_what_waits) {
    publish("1", 100);
    publish("2", 200);
    queue().inspect({{{1}, 1}});
    EXPECT_EQ(host.last_reply<Counts>().ready, 2u);
    EXPECT_EQ(queue().stats().ready_bytes, 2u);
}

TEST_F(delay_queue, has_no_consumers_and_is_not_deleted_by_clients) {
    queue().apply(Consume{ConsumerSpec{}, {{1}, 1}});
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::exclusively_held);
    queue().apply(Delete{false, false, {{1}, 1}});
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::in_use);
    EXPECT_TRUE(host.delete_requests.empty());
}

TEST_F(delay_queue, goes_with_its_exchange) {
    publish("1", 100);
    turn();
    queue().shut_down();
    EXPECT_TRUE(disk.removed());
    EXPECT_EQ(host.timer, Instant::never());
    queue().letter_done(1, LetterOutcome::safe);
    publish("2", 100);
    EXPECT_EQ(host.confirmed.back().outcome, ConfirmOutcome::taken);
}

TEST_F(delay_queue, waits_when_too_many_are_on_their_way) {
    const std::size_t most = limits::letters_waiting_max;
    for (std::size_t i = 0; i < most + 10; ++i)
        publish("m", 10);
    turn();
    advance(20);
    EXPECT_EQ(sent().size(), most);
    EXPECT_EQ(host.timer, Instant::never());
    EXPECT_FALSE(host.turn_wanted);
    queue().letter_done(1, LetterOutcome::safe);
    turn();
    EXPECT_EQ(sent().size(), 1u);
    all_done();
    turn();
    EXPECT_EQ(sent().size(), 9u);
}

TEST_F(delay_queue, has_in_memory_only_what_is_due_soon) {
    for (int i = 0; i < 5000; ++i)
        publish(std::to_string(i), 10'000 + i * 7919 % 5000);
    turn();
    const std::uint64_t before = queue().resident_bytes();
    page_out(5000);
    EXPECT_EQ(queue().stats().paged, 5000u);
    EXPECT_EQ(queue().resident_bytes(), 0u);
    EXPECT_EQ(queue().stats().next_due, host.clock.plus_ms(10'000 + margin_ms));
    advance(12'500);
    const std::size_t sent_on = sent().size();
    EXPECT_GT(sent_on, 2000u);
    all_done();
    EXPECT_EQ(queue().stats().paged, 5000u - sent_on);
    EXPECT_LT(queue().resident_bytes(), before / 10);
    all_done();
    advance(5000);
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_EQ(queue().stats().counters.sent_on, 5000u);
}

TEST_F(delay_queue, moves_letters_and_what_was_got_to_runs_like_any_message) {
    publish("letter", 10);
    publish("got", 20);
    publish("waits", 3000);
    turn();
    advance(15);
    sent();
    const DeliveryIndex index = get(false).delivery.index;
    page_out(3);
    EXPECT_EQ(queue().stats().paged, 1u);
    all_done();
    queue().settle({index, index, Settlement::ack});
    EXPECT_EQ(logged(), (Positions{3}));
}

}  // namespace
}  // namespace warren::broker::testing
