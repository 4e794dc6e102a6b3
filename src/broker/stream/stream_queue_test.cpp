// What a stream does for publishers and readers.
#include <gtest/gtest.h>

#include "broker/stream/stream_test_base.h"

namespace warren::broker {
namespace {

using namespace testing;

class stream_queue : public StreamTest {};

TEST_F(stream_queue, everybody_reads_everything_in_order) {
    publish_batches(3);
    consume(reader_id(1), {{"x-stream-offset", "first"}});
    consume(reader_id(2), {{"x-stream-offset", "first"}});
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{0, 1, 2, 0, 1, 2}));
    publish_batches(1);
    EXPECT_EQ(host.take_offsets(), (Offsets{3, 3}));
}

TEST_F(stream_queue, what_is_not_safe_yet_is_not_read) {
    consume_from("first");
    publish("one");
    turn_unsafe();
    ASSERT_EQ(host.confirmed.size(), 1);
    EXPECT_EQ(host.confirmed[0].second, ConfirmOutcome::taken_to_log);
    EXPECT_TRUE(host.delivered.empty());
    stream().apply(Inspect{{{1}, 1}, true});
    EXPECT_EQ(host.last_reply<Counts>().ready, 0);
    commit();
    EXPECT_EQ(host.take_offsets(), (Offsets{0}));
    stream().apply(Inspect{{{1}, 1}, true});
    EXPECT_EQ(host.last_reply<Counts>().ready, 1);
}

TEST_F(stream_queue, transient_messages_are_logged_too) {
    publish("one");
    turn();
    EXPECT_EQ(disk.entries().size(), 1);
}

TEST_F(stream_queue, the_prefetch_count_is_the_window_and_settling_moves_it) {
    publish_batches(8);
    consume_from("first", 2);
    turn();
    ASSERT_EQ(host.delivered.size(), 2);
    const auto first = host.delivered[0].index;
    const auto second = host.delivered[1].index;
    EXPECT_EQ(host.take_offsets(), (Offsets{0, 1}));
    for (const auto& [index, settlement] :
         {std::pair(first, Settlement::requeue), std::pair(second, Settlement::reject)}) {
        settle(index, index, settlement);
        turn();
    }
    EXPECT_EQ(host.take_offsets(), (Offsets{2, 3}));
    stream().apply(Recover{{1}, {1}});
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{4, 5})) << "nothing comes back";
}

TEST_F(stream_queue, what_a_socket_does_not_take_is_not_sent_on) {
    const std::string body(limits::delivery_window_bytes / 4, 'x');
    for (int count = 0; count < 8; ++count)
        publish(body);
    turn();
    consume_from("first");
    turn();
    const auto sent = host.take_offsets();
    EXPECT_EQ(sent, (Offsets{0, 1, 2, 3}));
    stream().apply(Credit{reader_id(1), 4, 4 * static_cast<std::uint32_t>(body.size())});
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{4, 5, 6, 7}));
}

TEST_F(stream_queue, a_reader_that_has_left_gets_nothing_and_its_settlements_count_for_nobody) {
    publish_batches(4);
    consume_from("first", 1);
    turn();
    const auto index = host.delivered.at(0).index;
    host.take_offsets();
    stream().apply(Cancel{reader_id(1)});
    consume(reader_id(2), {{"x-stream-offset", "first"}}, 1);
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{0}));
    settle(index, index);
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{})) << "that was the delivery of another reader";
}

TEST_F(stream_queue, the_readers_of_a_channel_go_with_it) {
    consume(reader_id(1, 1), {});
    consume(reader_id(1, 2), {});
    consume(reader_id(2, 1), {});
    stream().apply(Release{{1}, {1}});
    publish_batches(1);
    EXPECT_EQ(host.delivered.size(), 1);
    EXPECT_EQ(stream().stats().consumers, 1);
}

TEST_F(stream_queue, readers_hear_when_it_is_deleted) {
    consume(reader_id(1), {});
    consume(reader_id(2), {});
    stream().apply(Delete{true, true, {{3}, 1}});
    EXPECT_EQ(host.deletes, (std::vector<std::uint64_t>{0}));
    stream().shut_down();
    EXPECT_EQ(host.cancelled.size(), 2);
    EXPECT_TRUE(disk.removed());
}

TEST_F(stream_queue, a_header_of_the_publisher_does_not_hide_the_offset) {
    consume_from("first");
    publish(message_with({{"a", 1}, {"x-stream-offset", std::int64_t{17}}, {"b", 2}}, "one"));
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{0}));
}

TEST_F(stream_queue, a_turn_is_bounded_and_the_next_one_goes_on) {
    constexpr std::uint64_t count = 3 * limits::queue_work_per_turn;
    for (std::uint64_t number = 0; number < count; ++number)
        publish("m");
    turn_unsafe();
    consume_from("first", 65'535);
    stream().committed(count);
    const std::size_t of_one_turn = host.delivered.size();
    EXPECT_GT(of_one_turn, 0);
    EXPECT_LE(of_one_turn, limits::queue_work_per_turn);
    EXPECT_TRUE(host.turn_wanted || of_one_turn == limits::delivery_window_messages);
}

TEST_F(stream_queue, tells_how_far_readers_are_behind) {
    make({.segment_bytes_max = 1000});
    EXPECT_EQ(stream().stats().segments, 0u);
    EXPECT_FALSE(stream().stats().committed_offset);
    EXPECT_FALSE(stream().stats().offset_lag_max);
    publish_batches(100);
    EXPECT_GT(stream().stats().segments, 1u);
    EXPECT_EQ(stream().stats().committed_offset, 99u);
    EXPECT_EQ(stream().stats().first_timestamp_ms, host.now().wall.ms);
    consume(reader_id(1), {{"x-stream-offset", "next"}});
    EXPECT_EQ(stream().stats().offset_lag_max, 0u);
    consume(reader_id(2), {{"x-stream-offset", "first"}}, 10);
    turn();
    EXPECT_EQ(stream().stats().offset_lag_max, 90u);
}

TEST_F(stream_queue, without_a_log_it_is_in_memory_and_readable_at_once) {
    StreamQueue memory(QueueId{8}, "/", "m", {.type = QueueType::stream}, host);
    memory.publish(text_message("one"), {{1}, {1}, 1});
    EXPECT_EQ(host.confirmed.at(0).second, ConfirmOutcome::taken);
    memory.work();
    EXPECT_EQ(memory.end_offset(), 1);
    memory.check_invariants();
}

// ---- filters ----

class stream_filter : public StreamTest {
protected:
    // Each in a batch of its own.
    void publish_values(const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            publish(filtered_message(value, "m"));
            turn();
        }
    }
    Offsets read(const amqp091::FieldTable& arguments) {
        amqp091::FieldTable all = arguments;
        if (all.find("x-stream-offset") == nullptr)
            all.add("x-stream-offset", amqp091::FieldValue("first"));
        host.take_offsets();
        consume(reader_id(1), all);
        turn();
        stream().apply(Cancel{reader_id(1)});
        return host.take_offsets();
    }
};

TEST_F(stream_filter, batches_without_the_value_are_passed_over) {
    publish_values({"a", "b", "", "a", "c"});
    for (const bool paged : {false, true}) {
        if (paged) page_out();
        EXPECT_EQ(read({{"x-stream-filter", "a"}}), (Offsets{0, 3}));
        EXPECT_EQ(read({{"x-stream-filter", "zz"}}), (Offsets{}));
        EXPECT_EQ(read({{"x-stream-filter", amqp091::FieldArray{"b", "c"}}}), (Offsets{1, 4}));
        EXPECT_EQ(read({{"x-stream-filter", "b"}, {"x-stream-match-unfiltered", true}}),
                  (Offsets{1, 2}));
        EXPECT_EQ(read({{"x-stream-match-unfiltered", true}}), (Offsets{0, 1, 2, 3, 4}));
    }
}

TEST_F(stream_filter, a_batch_with_the_value_comes_whole) {
    for (const char* value : {"a", "b", ""})
        publish(filtered_message(value, "m"));
    turn();
    publish_values({"c"});
    EXPECT_EQ(read({{"x-stream-filter", "b"}}), (Offsets{0, 1, 2}));
}

TEST_F(stream_filter, a_reader_that_begins_within_a_batch_knows_what_it_holds) {
    for (const char* value : {"a", "b", "b"})
        publish(filtered_message(value, "m"));
    turn();
    publish_values({"a"});
    EXPECT_EQ(read({{"x-stream-filter", "a"}, {"x-stream-offset", 1}}), (Offsets{1, 2, 3}));
    EXPECT_EQ(read({{"x-stream-filter", "zz"}, {"x-stream-offset", 1}}), (Offsets{}));
}

TEST_F(stream_filter, chunks_without_the_value_are_passed_over) {
    for (int batch = 0; batch < 20; ++batch) {
        for (int number = 0; number < 1000; ++number)
            publish(filtered_message(batch == 12 ? "rare" : "usual", "m"));
        turn();
    }
    page_out();
    const auto offsets = read({{"x-stream-filter", "rare"}});
    ASSERT_FALSE(offsets.empty());
    EXPECT_EQ(offsets.front(), 12'000);
}

}  // namespace
}  // namespace warren::broker
