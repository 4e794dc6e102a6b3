// Where readers begin.
#include <gtest/gtest.h>

#include "broker/stream/stream_test_base.h"

namespace warren::broker {
namespace {

using namespace testing;
using amqp091::FieldValue;

class stream_offsets : public StreamTest {
protected:
    // Batches of these sizes, a second apart.
    void publish_seconds_apart(const std::vector<int>& sizes) {
        for (const int size : sizes) {
            for (int number = 0; number < size; ++number)
                publish("m");
            turn();
            host.clock = host.clock.plus_ms(1000);
        }
    }
    Offsets read_from(const FieldValue& offset) {
        host.take_offsets();
        consume_from(offset);
        turn();
        stream().apply(Cancel{reader_id(1)});
        return host.take_offsets();
    }
    FieldValue time(std::int64_t wall_ms) {
        return amqp091::Timestamp{static_cast<std::uint64_t>(wall_ms / 1000)};
    }
};

TEST_F(stream_offsets, by_name_and_number) {
    publish_seconds_apart({2, 1, 3});
    for (const bool paged : {false, true}) {
        if (paged) page_out();
        EXPECT_EQ(read_from("first"), (Offsets{0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(read_from("last"), (Offsets{3, 4, 5}));
        EXPECT_EQ(read_from("next"), (Offsets{}));
        EXPECT_EQ(read_from(4), (Offsets{4, 5}));
        EXPECT_EQ(read_from(std::int64_t{-3}), (Offsets{0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(read_from(100), (Offsets{}));
    }
}

TEST_F(stream_offsets, the_last_batch_is_known_after_a_restart) {
    publish_seconds_apart({2, 1, 3});
    restart();
    EXPECT_EQ(read_from("last"), (Offsets{3, 4, 5}));
    page_out();
    restart();
    EXPECT_EQ(read_from("last"), (Offsets{3, 4, 5}));
}

TEST_F(stream_offsets, an_empty_stream_begins_with_what_comes) {
    for (const FieldValue& offset : {FieldValue("first"), FieldValue("last"), FieldValue("next"),
                                     FieldValue(0), FieldValue("1h"), time(1000)}) {
        disk.entries().clear();
        restart();
        consume_from(offset);
        publish_batches(1);
        EXPECT_EQ(host.take_offsets(), (Offsets{0}));
    }
}

TEST_F(stream_offsets, an_offset_that_is_still_to_come_is_waited_for) {
    consume_from(3);
    publish_batches(5);
    EXPECT_EQ(host.take_offsets(), (Offsets{3, 4}));
}

TEST_F(stream_offsets, a_time_leads_to_the_first_batch_of_that_time_or_later) {
    const std::int64_t start_ms = host.now().wall.ms;
    publish_seconds_apart({2, 1, 3});
    for (const bool paged : {false, true}) {
        if (paged) page_out();
        EXPECT_EQ(read_from(time(0)), (Offsets{0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(read_from(time(start_ms)), (Offsets{0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(read_from(time(start_ms + 1000)), (Offsets{2, 3, 4, 5}));
        EXPECT_EQ(read_from(time(start_ms + 2000)), (Offsets{3, 4, 5}));
        EXPECT_EQ(read_from(time(start_ms + 3000)), (Offsets{}));
        // Now is a second behind the last batch.
        EXPECT_EQ(read_from("1s"), (Offsets{3, 4, 5}));
        EXPECT_EQ(read_from("2s"), (Offsets{2, 3, 4, 5}));
        EXPECT_EQ(read_from("1Y"), (Offsets{0, 1, 2, 3, 4, 5}));
    }
}

TEST_F(stream_offsets, what_has_been_removed_begins_with_what_is_left) {
    make({.length_bytes_max = 1000, .segment_bytes_max = 400});
    publish_batches(60);
    const std::uint64_t first = stream().first_offset();
    ASSERT_GT(first, 0);
    EXPECT_EQ(read_from(0).front(), first);
    EXPECT_EQ(read_from("first").front(), first);
}

}  // namespace
}  // namespace warren::broker
