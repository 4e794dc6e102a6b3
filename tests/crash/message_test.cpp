#include "message.h"

#include <gtest/gtest.h>

#include "confirm_window.h"
#include "topology_state.h"

namespace crash {
namespace {

TEST(MessageTest, a_body_is_recognized_whole_and_unchanged_only) {
    const Plan plan = make_plan();
    const MessageMaker maker(plan, 1);
    const Message message = maker.make(2, 5);
    const std::string body = maker.body(message);
    const auto known = maker.recognize(body);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->source, 2);
    EXPECT_EQ(known->sequence, 5u);
    for (std::size_t at = 0; at < body.size(); ++at) {
        std::string changed = body;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(maker.recognize(changed)) << at;
        EXPECT_FALSE(maker.recognize(body.substr(0, at))) << at;
    }
    EXPECT_FALSE(maker.recognize(body + "x"));
}

TEST(MessageTest, a_message_of_another_run_is_a_stranger) {
    const Plan plan = make_plan();
    const MessageMaker ours(plan, 1);
    const MessageMaker others(plan, 2);
    EXPECT_FALSE(ours.recognize(others.body(others.make(0, 0))));
}

TEST(MessageTest, sizes_fill_what_the_source_allows) {
    const Plan plan = make_plan();
    const MessageMaker maker(plan, 1);
    for (std::size_t source = 0; source < plan.sources.size(); ++source) {
        for (std::uint64_t sequence = 0; sequence < 200; ++sequence) {
            const auto bytes = maker.make(static_cast<SourceIndex>(source), sequence).body_bytes;
            EXPECT_GE(bytes, plan.sources[source].body_bytes_min);
            EXPECT_LE(bytes, plan.sources[source].body_bytes_max);
        }
    }
}

std::string confirm(std::uint64_t tag, bool multiple) {
    std::string out;
    loadgen::FrameWriter(out).u64(tag).u8(multiple ? 1 : 0);
    return out;
}

TEST(ConfirmWindowTest, one_and_many_are_settled_once) {
    ConfirmWindow window;
    for (std::uint64_t sequence = 10; sequence < 15; ++sequence)
        window.sent(sequence);
    std::vector<std::uint64_t> settled;
    const auto note = [&](std::uint64_t sequence) { settled.push_back(sequence); };
    EXPECT_TRUE(window.on_confirm(confirm(2, false), note));
    EXPECT_TRUE(window.on_confirm(confirm(4, true), note));
    EXPECT_FALSE(window.on_confirm(confirm(3, false), note));
    EXPECT_EQ(settled, (std::vector<std::uint64_t>{11, 10, 12, 13}));
    EXPECT_EQ(window.outstanding(), 1u);
}

TEST(TopologyStateTest, changes_make_sense_and_deleting_removes_bindings) {
    Random random(7);
    TopologyState state;
    std::size_t bound = 0;
    for (std::uint64_t generation = 1; generation < 2000; ++generation) {
        const TopologyChange change = state.choose_change(random, generation);
        const TopologyState before = state;
        state.apply(change);
        EXPECT_NE(state, before) << change.text();
        for (const auto& [exchange, queue] : state.bindings) {
            EXPECT_NE(state.exchanges[exchange], 0u);
            EXPECT_NE(state.queues[queue], 0u);
        }
        bound = std::max(bound, state.bindings.size());
    }
    EXPECT_GT(bound, 10u);
}

TEST(message, may_bear_the_counts_of_quorum_queues_and_nothing_else) {
    const Message message{.priority = 3};
    const std::string own = MessageMaker::properties(message);
    EXPECT_TRUE(MessageMaker::may_bear(message, own));
    EXPECT_FALSE(MessageMaker::may_bear({.priority = 4}, own));
    const auto with_header = [&](std::string_view name, std::uint64_t value) {
        std::string table;
        loadgen::FrameWriter(table).short_string(name).u8('l').u64(value);
        std::string out;
        loadgen::FrameWriter(out).u16(0x3800).long_string(table).raw(own.substr(2));
        return out;
    };
    EXPECT_TRUE(MessageMaker::may_bear(message, with_header("x-delivery-count", 2)));
    EXPECT_FALSE(MessageMaker::may_bear({.priority = 4}, with_header("x-delivery-count", 2)));
    EXPECT_FALSE(MessageMaker::may_bear(message, with_header("x-delivery-count", 0)));
    EXPECT_FALSE(MessageMaker::may_bear(message, with_header("x-death", 1)));
    EXPECT_TRUE(MessageMaker::may_bear(message, with_header("x-stream-offset", 0)));
    EXPECT_EQ(MessageMaker::stream_offset(with_header("x-stream-offset", 7)), 7u);
    EXPECT_EQ(MessageMaker::stream_offset(own), std::nullopt);
    const Message delayed{.priority = 3, .delay_ms = 500};
    const auto minus = [](std::int64_t value) { return static_cast<std::uint64_t>(-value); };
    EXPECT_TRUE(MessageMaker::may_bear(delayed, with_header("x-delay", minus(500))));
    EXPECT_FALSE(MessageMaker::may_bear(delayed, with_header("x-delay", minus(400))));
    EXPECT_FALSE(MessageMaker::may_bear(delayed, MessageMaker::properties(delayed)));
    EXPECT_FALSE(MessageMaker::may_bear(delayed, own));
    EXPECT_FALSE(MessageMaker::may_bear(message, with_header("x-delay", minus(500))));
    const std::string whole = with_header("x-acquired-count", 1);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
        EXPECT_FALSE(MessageMaker::may_bear(message, std::string_view(whole).substr(0, bytes)));
}

}  // namespace
}  // namespace crash
