// What a stream finds again, and what retention removes.
#include <gtest/gtest.h>

#include <set>

#include "broker/stream/stream_entry.h"
#include "broker/stream/stream_test_base.h"

namespace warren::broker {
namespace {

using namespace testing;

class stream_restart : public StreamTest {
protected:
    Offsets read_all() {
        host.take_offsets();
        consume_from("first", 65'535);
        turn();
        while (host.turn_wanted)
            turn();
        stream().apply(Cancel{reader_id(1)});
        return host.take_offsets();
    }
    void publish_many(int count) {
        for (int number = 0; number < count; ++number)
            publish("m" + std::to_string(number));
        turn();
    }
    static Offsets range(std::uint64_t first, std::uint64_t end) {
        Offsets offsets;
        for (; first < end; ++first)
            offsets.push_back(first);
        return offsets;
    }
};

TEST_F(stream_restart, everything_is_there_and_offsets_go_on) {
    publish_many(3);
    publish_many(2);
    restart();
    EXPECT_EQ(stream().end_offset(), 5);
    EXPECT_EQ(read_all(), range(0, 5));
    publish_many(1);
    EXPECT_EQ(read_all(), range(0, 6));
}

TEST_F(stream_restart, wherever_its_messages_are) {
    publish_many(5000);
    page_out();
    publish_many(10);
    restart();
    EXPECT_EQ(read_all(), range(0, 5010));
    page_out();
    restart();
    EXPECT_EQ(read_all(), range(0, 5010));
    publish_many(10);
    EXPECT_EQ(read_all(), range(0, 5020));
}

// As a repair of the log leaves it.
TEST_F(stream_restart, what_is_lost_of_a_batch_costs_itself_alone) {
    for (const std::set<std::uint64_t>& lost : std::vector<std::set<std::uint64_t>>{
             {0}, {4}, {9}, {2, 3, 6}, {0, 1, 2, 8, 9}, {9, 10}, {4095, 4097}}) {
        SCOPED_TRACE(*lost.begin());
        disk = QueueDisk();
        make();
        publish_many(10);
        publish_many(4990);
        publish_many(3);
        Offsets left = range(0, 5003);
        std::erase_if(left, [&](std::uint64_t offset) { return lost.contains(offset); });
        // Behind a chunk that is full lies its own entry.
        std::erase_if(disk.entries(), [&](const auto& one) {
            if (one.second.head.level != stream_format::message_level) return false;
            const auto entry =
                decode_stream_entry(as_bytes(one.second.payload), as_bytes(one.second.body));
            return lost.contains(entry->head.offset);
        });
        restart();
        EXPECT_EQ(read_all(), left);
        page_out();
        restart();
        EXPECT_EQ(read_all(), left);
        EXPECT_EQ(stream().end_offset(), 5003);
    }
}

TEST_F(stream_restart, filters_know_what_is_behind_a_message_that_is_lost) {
    for (int number = 0; number < 6; ++number)
        publish(message_with({{"x-stream-filter-value", "a"}}, "m"));
    turn();
    disk.entries().erase(3);
    restart();
    consume(reader_id(1), {{"x-stream-offset", "first"}, {"x-stream-filter", "a"}});
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{0, 1, 3, 4, 5}));
}

TEST_F(stream_restart, a_message_comes_back_as_it_was) {
    MessageTraits traits;
    traits.persistent = true;
    publish(message_with({{"a", 1}, {"b", "two"}}, "body"));
    publish(text_message(std::string(100'000, 'x'), traits));
    turn();
    const auto read_bodies = [&] {
        consume_from("first");
        turn();
        std::vector<std::string> bodies;
        for (const auto& one : std::exchange(host.delivered, {}))
            bodies.push_back(one.body);
        return bodies;
    };
    const auto before = read_bodies();
    page_out();
    restart();
    EXPECT_EQ(read_bodies(), before);
    EXPECT_EQ(before.at(1).size(), 100'000);
}

// Numbers of positions are used up when something was on its way to the disk and did not get there.
TEST_F(stream_restart, a_gap_in_positions_is_none_in_offsets) {
    publish_many(4);
    publish_many(4);
    auto& entries = disk.entries();
    entries.erase(entries.lower_bound(5), entries.end());
    restart();
    EXPECT_EQ(read_all(), range(0, 4));
    publish_many(3);
    page_out();
    EXPECT_EQ(read_all(), range(0, 7));
    restart();
    EXPECT_EQ(read_all(), range(0, 7));
}

TEST_F(stream_restart, readers_pass_over_what_cannot_be_read) {
    publish_many(6);
    page_out();
    disk.damage(3);
    EXPECT_EQ(read_all(), (Offsets{0, 1, 3, 4, 5}));
    for (std::uint64_t position = 1; position <= 6; ++position)
        disk.damage(position);
    restart();
    publish_many(1);
    EXPECT_EQ(read_all().back(), stream().end_offset() - 1);
}

TEST_F(stream_restart, entries_that_are_none_are_reported_and_passed_over) {
    publish_many(6);
    page_out();
    disk.entries().at(3).payload[0] = 99;
    EXPECT_EQ(read_all(), (Offsets{0, 1, 3, 4, 5}));
    ASSERT_FALSE(host.damages.empty());
    EXPECT_NE(host.damages[0].find("unknown type"), std::string::npos) << host.damages[0];
}

TEST_F(stream_restart, a_chunk_whose_entry_is_lost_costs_no_message_behind_it) {
    publish_many(5000);
    publish_many(100);
    page_out();
    // Behind the first 4096 messages, which a batch cannot exceed.
    auto& entries = disk.entries();
    const auto chunk =
        std::ranges::find_if(entries, [](const auto& one) { return one.second.head.level != 0; });
    ASSERT_NE(chunk, entries.end());
    entries.erase(chunk);
    restart();
    EXPECT_EQ(stream().end_offset(), 5100);
    EXPECT_EQ(read_all(), range(0, 5100));
}

// ---- retention ----

TEST_F(stream_restart, segments_go_when_there_are_too_many_bytes) {
    make({.length_bytes_max = 2000, .segment_bytes_max = 500});
    publish_batches(100);
    const std::uint64_t first = stream().first_offset();
    EXPECT_GT(first, 50);
    EXPECT_LE(stream().stats().ready_bytes, 2000 + 700);
    EXPECT_EQ(read_all(), range(first, 100));
    EXPECT_TRUE(host.damages.empty());
    EXPECT_LT(disk.entries().size(), 60) << "they are gone from the disk, too";
    restart();
    EXPECT_EQ(stream().first_offset(), first);
    EXPECT_EQ(read_all(), range(first, 100));
}

TEST_F(stream_restart, the_last_segment_stays_whatever_it_holds) {
    make({.length_bytes_max = 10, .segment_bytes_max = 1'000'000});
    publish_batches(20);
    EXPECT_EQ(read_all(), range(0, 20));
}

TEST_F(stream_restart, segments_that_are_too_old_go_when_their_time_comes) {
    make({.age_max_ms = 10'000, .segment_bytes_max = 300});
    publish_batches(5);
    host.clock = host.clock.plus_ms(4000);
    publish_batches(5);
    EXPECT_EQ(stream().first_offset(), 0);
    ASSERT_NE(host.timer, Instant::never());
    EXPECT_LE(host.timer, host.clock.plus_ms(6000));
    host.clock = std::exchange(host.timer, Instant::never());
    stream().on_timer();
    stream().check_invariants();
    EXPECT_GT(stream().first_offset(), 0);
    EXPECT_LE(stream().first_offset(), 6);
    host.clock = host.clock.plus_ms(1'000'000);
    host.timer = Instant::never();
    stream().on_timer();
    EXPECT_LT(stream().first_offset(), 10) << "never the last segment";
    EXPECT_EQ(host.timer, Instant::never());
}

TEST_F(stream_restart, settings_that_change_take_effect_at_once) {
    make({.segment_bytes_max = 500});
    publish_batches(50);
    EXPECT_EQ(stream().first_offset(), 0);
    stream().update_settings({.type = QueueType::stream,
                              .length_bytes_max = 1000,
                              .segment_bytes_max = 500,
                              .durable = true});
    EXPECT_GT(stream().first_offset(), 30);
}

TEST_F(stream_restart, a_reader_that_is_overtaken_by_retention_goes_on_behind_it) {
    make({.length_bytes_max = 2000, .segment_bytes_max = 500});
    publish_batches(10);
    consume_from("first", 1);
    turn();
    const auto index = host.delivered.at(0).index;
    EXPECT_EQ(host.take_offsets(), (Offsets{0}));
    publish_batches(100);
    settle(index, index);
    turn();
    EXPECT_EQ(host.take_offsets(), (Offsets{stream().first_offset()}));
}

TEST_F(stream_restart, what_retention_leaves_of_a_file_is_read_from_its_first_message_on) {
    make({.length_bytes_max = 2000, .segment_bytes_max = 500});
    publish_batches(10);
    page_out();
    publish_batches(40);
    page_out();
    const std::uint64_t first = stream().first_offset();
    ASSERT_GT(first, 10);
    EXPECT_EQ(read_all(), range(first, 50));
    restart();
    EXPECT_EQ(read_all(), range(first, 50));
}

TEST_F(stream_restart, spilling_frees_the_tail) {
    publish_many(100);
    EXPECT_GT(stream().resident_bytes(), 0);
    stream().spill();
    ASSERT_TRUE(disk.is_paging());
    disk.end_paging();
    EXPECT_EQ(stream().resident_bytes(), 0);
    EXPECT_EQ(read_all(), range(0, 100));
}

}  // namespace
}  // namespace warren::broker
