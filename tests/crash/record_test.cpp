#include "record.h"

#include <gtest/gtest.h>

namespace crash {
namespace {

constexpr QueueIndex plain = 0;
constexpr QueueIndex graves = 1;
constexpr QueueIndex letters = 2;
constexpr QueueIndex brief = 3;
constexpr QueueIndex priority = 4;
constexpr QueueIndex due = 5;

Plan small_plan() {
    Plan plan;
    plan.queues = {{.name = "plain"},
                   {.name = "graves"},
                   {.name = "letters", .dead_letters = graves},
                   {.name = "brief", .ttl_ms = 1, .dead_letters = graves},
                   {.name = "priority", .priority_max = 2},
                   {.name = "due", .gets_delayed = true}};
    for (const QueueIndex queue : {plain, letters, brief, priority, plain})
        plan.sources.push_back({.queues = {queue}});
    plan.sources.push_back({.queues = {due}, .delay_ms_max = 1});
    return plan;
}

constexpr SourceIndex to_plain = 0;
constexpr SourceIndex to_letters = 1;
constexpr SourceIndex to_brief = 2;
constexpr SourceIndex to_priority = 3;
constexpr SourceIndex also_to_plain = 4;
constexpr SourceIndex to_due = 5;
constexpr double delay_seconds = 100;

class RecordTest : public testing::Test {
protected:
    CopyId publish(SourceIndex source, bool confirm = true, std::uint8_t level = 0,
                   bool persistent = true) {
        const Message message{.source = source,
                              .sequence = next_[source]++,
                              .priority = level,
                              .persistent = persistent};
        record_.published(message, ++now_);
        const CopyId id{source, message.sequence};
        if (confirm) record_.confirmed(id, ++now_);
        return id;
    }
    CopyId publish_delayed(bool confirm = true) {
        const CopyId id{to_due, next_[to_due]++};
        record_.published({.source = to_due,
                           .sequence = id.sequence,
                           .delay_ms = static_cast<std::uint32_t>(delay_seconds * 1000)},
                          ++now_);
        if (confirm) record_.confirmed(id, ++now_);
        return id;
    }
    void pass(double seconds) {
        now_ += loadgen::to_nanos(seconds);
        record_.begin_verification(now_);
    }
    void deliver(QueueIndex queue, CopyId id, bool redelivered = false) {
        record_.delivered(queue, {.source = id.source, .sequence = id.sequence}, redelivered);
    }
    void acknowledge(QueueIndex queue, CopyId id, bool redelivered = false) {
        deliver(queue, id, redelivered);
        record_.acknowledge_sent(queue, id);
    }
    // The server is killed and comes back with this.
    void restart(const std::vector<std::pair<QueueIndex, std::vector<CopyId>>>& contents) {
        record_.server_ended(now_);
        for (const auto& [queue, ids] : contents)
            record_.verify_contents(queue, ids);
        record_.finish_verification();
    }
    bool good() const { return !faults_.any(); }
    bool finds(const std::string& what) const {
        for (const std::string& line : faults_.lines()) {
            if (line.find(what) != std::string::npos) return true;
        }
        return false;
    }

    Plan plan_ = small_plan();
    Faults faults_;
    Record record_{plan_, faults_};
    std::array<std::uint64_t, 6> next_{};
    Nanos now_ = 0;
};

TEST_F(RecordTest, confirmed_messages_must_come_back) {
    const CopyId first = publish(to_plain);
    const CopyId second = publish(to_plain);
    restart({{plain, {first, second}}});
    EXPECT_TRUE(good());
    restart({{plain, {second}}});
    EXPECT_TRUE(finds("plain: was confirmed and is lost (1 times): message 0"));
}

TEST_F(RecordTest, unconfirmed_messages_may_be_lost_but_only_from_the_end) {
    const CopyId first = publish(to_plain, false);
    const CopyId second = publish(to_plain, false);
    const CopyId third = publish(to_plain, false);
    restart({{plain, {first}}});
    EXPECT_TRUE(good());
    const CopyId fourth = publish(to_plain, false);
    const CopyId fifth = publish(to_plain, false);
    restart({{plain, {first, fifth}}});
    EXPECT_TRUE(finds("survived, and an earlier one has not"));
    static_cast<void>(second), static_cast<void>(third), static_cast<void>(fourth);
}

TEST_F(RecordTest, what_came_back_once_must_come_back_again) {
    const CopyId id = publish(to_plain, false);
    restart({{plain, {id}}});
    restart({{plain, {}}});
    EXPECT_TRUE(finds("was there after an earlier restart and is lost"));
}

TEST_F(RecordTest, what_did_not_come_back_must_stay_away) {
    const CopyId id = publish(to_plain, false);
    const CopyId kept = publish(to_letters);
    restart({{plain, {}}, {letters, {kept}}});
    EXPECT_TRUE(good());
    restart({{plain, {id}}, {letters, {kept}}});
    EXPECT_TRUE(finds("settled long ago, or never published"));
}

TEST_F(RecordTest, a_message_may_come_back_after_an_ack_unless_a_barrier_has_proven_it) {
    const CopyId id = publish(to_plain);
    acknowledge(plain, id);
    restart({{plain, {id}}});
    EXPECT_TRUE(good());
    acknowledge(plain, id, true);
    EXPECT_TRUE(good());
    record_.prove_settled(plain, record_.settlements(plain));
    restart({{plain, {id}}});
    EXPECT_TRUE(finds("settled for certain"));
}

TEST_F(RecordTest, nothing_is_there_twice) {
    const CopyId id = publish(to_plain);
    restart({{plain, {id, id}}});
    EXPECT_TRUE(finds("is there twice"));
}

TEST_F(RecordTest, refused_and_transient_messages_do_not_come_back) {
    const CopyId refused = publish(to_plain, false);
    record_.refused(refused);
    const CopyId transient = publish(to_plain, true, 0, false);
    restart({{plain, {refused, transient}}});
    EXPECT_TRUE(finds("was refused"));
    EXPECT_TRUE(finds("was transient"));
}

TEST_F(RecordTest, messages_stand_in_the_order_of_their_source) {
    const CopyId first = publish(to_plain, false);
    const CopyId second = publish(to_plain, false);
    restart({{plain, {second, first}}});
    EXPECT_TRUE(finds("behind a later one of its source"));
}

TEST_F(RecordTest, what_was_confirmed_before_another_was_sent_stands_ahead_of_it) {
    const CopyId early = publish(to_plain);
    const CopyId late = publish(also_to_plain);
    restart({{plain, {late, early}}});
    EXPECT_TRUE(finds("sent after its confirm"));
}

TEST_F(RecordTest, an_order_that_was_seen_stays) {
    const CopyId one = publish(to_plain, false);
    const CopyId other = publish(also_to_plain, false);
    restart({{plain, {other, one}}});
    const CopyId later = publish(to_plain, false);
    EXPECT_TRUE(good());
    restart({{plain, {one, other, later}}});
    EXPECT_TRUE(finds("has lost its place"));
}

TEST_F(RecordTest, higher_priorities_stand_ahead) {
    const CopyId low = publish(to_priority, true, 0);
    const CopyId high = publish(to_priority, true, 9);
    restart({{priority, {high, low}}});
    EXPECT_TRUE(good());
    restart({{priority, {low, high}}});
    EXPECT_TRUE(finds("behind a lower priority"));
}

TEST_F(RecordTest, a_rejected_message_is_at_home_or_a_dead_letter_until_a_restart_has_shown_where) {
    const CopyId first = publish(to_letters);
    const CopyId second = publish(to_letters);
    deliver(letters, first);
    record_.reject_sent(letters, first);
    restart({{letters, {first, second}}, {graves, {}}});
    EXPECT_TRUE(good());
    deliver(letters, first, true);
    record_.reject_sent(letters, first);
    record_.prove_settled(letters, record_.settlements(letters));
    restart({{letters, {second}}, {graves, {first}}});
    EXPECT_TRUE(good());
    restart({{letters, {first, second}}, {graves, {}}});
    EXPECT_TRUE(finds("is in the wrong queue"));
}

TEST_F(RecordTest, a_dead_letter_must_not_be_lost_on_its_way) {
    const CopyId expiring = publish(to_brief);
    const CopyId rejected = publish(to_letters);
    deliver(letters, rejected);
    record_.reject_sent(letters, rejected);
    restart({{letters, {}}, {brief, {}}, {graves, {expiring}}});
    EXPECT_TRUE(finds("letters: was confirmed and is lost"));
    EXPECT_FALSE(finds("brief"));
}

TEST_F(RecordTest, a_kill_may_leave_a_dying_message_in_both_queues) {
    const CopyId id = publish(to_brief);
    restart({{brief, {id}}, {graves, {id}}});
    EXPECT_TRUE(good());
    deliver(brief, id, true);
    deliver(graves, id, true);
    EXPECT_TRUE(good());
}

TEST_F(RecordTest, a_dead_letter_that_a_kill_has_caught_may_be_there_twice) {
    const CopyId id = publish(to_letters);
    deliver(letters, id);
    record_.reject_sent(letters, id);
    restart({{letters, {}}, {graves, {id, id}}});
    EXPECT_TRUE(good());
    const CopyId other = publish(to_letters);
    restart({{letters, {other}}, {graves, {id, id}}});
    EXPECT_TRUE(good()) << "both stay";
    restart({{letters, {other, other}}, {graves, {id, id}}});
    EXPECT_TRUE(finds("is there twice"));
}

TEST_F(RecordTest, a_delivery_is_not_repeated_unless_it_was_requeued) {
    const CopyId id = publish(to_plain);
    deliver(plain, id);
    record_.requeue_sent(plain, id);
    deliver(plain, id, true);
    EXPECT_TRUE(good());
    deliver(plain, id, true);
    EXPECT_TRUE(finds("was delivered twice"));
    record_.requeue_sent(plain, id);
    deliver(plain, id, false);
    EXPECT_TRUE(finds("again without saying so"));
}

TEST_F(RecordTest, nothing_settled_is_delivered_again_while_the_server_lives) {
    const CopyId id = publish(to_plain);
    acknowledge(plain, id);
    deliver(plain, id, true);
    EXPECT_TRUE(finds("after it was settled"));
}

TEST_F(RecordTest, first_deliveries_come_in_order) {
    const CopyId first = publish(to_plain);
    const CopyId second = publish(to_plain);
    deliver(plain, second);
    deliver(plain, first);
    EXPECT_TRUE(finds("delivered after a later one"));
}

TEST_F(RecordTest, delayed_messages_must_come_when_they_are_due_and_not_before) {
    const CopyId id = publish_delayed();
    pass(delay_seconds / 2);
    EXPECT_EQ(record_.expected_in(due), 0u);
    restart({{due, {}}});
    EXPECT_TRUE(good()) << "it waits";
    record_.arrived(due, id, now_);
    EXPECT_TRUE(finds("came before its time"));
    pass(delay_seconds);
    record_.arrived(due, id, now_);
    EXPECT_TRUE(finds("came before its time (1 times)"));
    EXPECT_EQ(record_.expected_in(due), 1u);
    restart({{due, {}}});
    EXPECT_TRUE(finds("was confirmed and is lost"));
}

TEST_F(RecordTest, an_unconfirmed_delayed_message_may_be_lost_or_come_late) {
    const CopyId lost = publish_delayed(false);
    const CopyId there = publish_delayed(false);
    restart({{due, {}}});
    pass(2 * delay_seconds);
    restart({{due, {there}}});
    EXPECT_TRUE(good());
    restart({{due, {lost, there}}});
    EXPECT_TRUE(finds("settled long ago, or never published"));
}

TEST_F(RecordTest, a_delayed_message_may_come_twice_only_if_a_kill_has_caught_it_on_its_way) {
    const CopyId caught = publish_delayed();
    pass(delay_seconds + 1);
    acknowledge(due, caught);
    record_.prove_settled(due, record_.settlements(due));
    restart({{due, {caught}}});
    EXPECT_TRUE(good());
    acknowledge(due, caught, true);
    deliver(due, caught);
    EXPECT_TRUE(good()) << "the server publishes it once more, a little later";
    pass(delay_seconds);
    const CopyId other = publish_delayed();
    pass(2 * delay_seconds);
    restart({{due, {other}}});
    EXPECT_TRUE(good());
    restart({{due, {other, other}}});
    EXPECT_TRUE(finds("is there twice"));
}

TEST_F(RecordTest, only_what_is_sure_is_expected) {
    publish(to_plain);
    publish(to_plain, false);
    publish(to_brief);
    EXPECT_EQ(record_.expected_in(plain), 1u);
    EXPECT_EQ(record_.expected_in(brief), 0u);
    EXPECT_EQ(record_.expected_in(graves), 0u);
}

}  // namespace
}  // namespace crash
