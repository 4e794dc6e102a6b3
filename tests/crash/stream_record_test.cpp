#include "stream_record.h"

#include <gtest/gtest.h>

namespace crash {
namespace {

constexpr QueueIndex whole = 0;
constexpr QueueIndex cut = 1;

Plan small_plan() {
    Plan plan;
    plan.queues = {{.name = "whole", .kind = QueueKind::stream},
                   {.name = "cut", .kind = QueueKind::stream, .stream_bytes_max = 1}};
    return plan;
}

class StreamRecordTest : public testing::Test {
protected:
    CopyId publish(SourceIndex source, bool confirm = true, QueueIndex stream = whole) {
        const CopyId id{source, next_[source]++};
        record_.published(stream, id, ++now_);
        if (confirm) record_.confirmed(stream, id, ++now_);
        return id;
    }
    // A restart shows these, from `begin` on, one behind the other.
    void verify(const std::vector<CopyId>& ids, std::uint64_t begin = 0, QueueIndex stream = whole,
                std::uint64_t asked_for = UINT64_MAX) {
        std::vector<StreamEntry> contents;
        for (const CopyId id : ids)
            contents.push_back({begin + contents.size(), id});
        EXPECT_EQ(record_.verify(stream, std::min(begin, asked_for), contents), ids.size());
    }
    bool good() const { return !faults_.any(); }
    bool finds(const std::string& what) const {
        for (const std::string& line : faults_.lines())
            if (line.find(what) != std::string::npos) return true;
        return false;
    }

    Plan plan_ = small_plan();
    Faults faults_;
    StreamRecord record_{plan_, faults_};
    std::map<SourceIndex, std::uint64_t> next_;
    loadgen::Nanos now_ = 0;
};

TEST_F(StreamRecordTest, what_stands_in_a_stream_stays_there) {
    const CopyId first = publish(0);
    const CopyId second = publish(0);
    verify({first, second});
    EXPECT_EQ(record_.end(whole), 2u);
    const CopyId third = publish(0);
    verify({second, third}, 1);
    EXPECT_TRUE(good());
    verify({second, first, third});
    EXPECT_TRUE(finds("stands where another one stood"));
}

TEST_F(StreamRecordTest, a_stream_does_not_become_shorter) {
    const CopyId first = publish(0);
    verify({first, publish(0)});
    verify({first});
    EXPECT_TRUE(finds("ends below where it ended"));
}

TEST_F(StreamRecordTest, confirmed_messages_must_be_there) {
    publish(0);
    verify({});
    EXPECT_TRUE(finds("was confirmed and is lost"));
}

TEST_F(StreamRecordTest, unconfirmed_messages_may_be_lost_but_only_from_the_end) {
    const CopyId first = publish(0, false);
    publish(0, false);
    const CopyId other = publish(1, false);
    verify({other, first});
    EXPECT_TRUE(good());
    publish(0, false);
    verify({publish(0, false)}, 2);
    EXPECT_TRUE(finds("survived, and an earlier one has not"));
}

TEST_F(StreamRecordTest, what_did_not_come_back_must_stay_away) {
    const CopyId lost = publish(0, false);
    verify({});
    EXPECT_TRUE(good());
    verify({lost});
    EXPECT_TRUE(finds("was lost once"));
}

TEST_F(StreamRecordTest, nothing_is_there_twice) {
    const CopyId id = publish(0);
    verify({id, id});
    EXPECT_TRUE(finds("is there twice"));
}

TEST_F(StreamRecordTest, messages_stand_in_the_order_of_their_source_and_of_their_confirms) {
    const CopyId first = publish(0, false);
    const CopyId second = publish(0, false);
    verify({second, first});
    EXPECT_TRUE(finds("stands behind a later one"));
    EXPECT_FALSE(finds("sent after its confirm"));
    const CopyId early = publish(0);
    const CopyId late = publish(1);
    verify({late, early}, 2);
    EXPECT_TRUE(finds("sent after its confirm"));
}

TEST_F(StreamRecordTest, what_was_read_before_a_crash_is_there_after_it) {
    const CopyId first = publish(0, false);
    const CopyId second = publish(1, false);
    record_.read(whole, {0, first});
    record_.read(whole, {1, second});
    verify({first});
    EXPECT_TRUE(finds("was read and is gone"));
}

TEST_F(StreamRecordTest, all_readers_see_the_same) {
    const CopyId first = publish(0);
    const CopyId second = publish(0);
    record_.read(whole, {5, first});
    record_.read(whole, {5, first});
    EXPECT_TRUE(good());
    record_.read(whole, {5, second});
    EXPECT_TRUE(finds("where another reader saw another"));
    verify({second, first});
    record_.read(whole, {0, first});
    EXPECT_TRUE(finds("stands where another one stood"));
    record_.read(whole, {2, first});
    EXPECT_TRUE(finds("comes as a new one"));
}

TEST_F(StreamRecordTest, only_retention_takes_messages_and_only_the_first_ones) {
    const std::vector<CopyId> ids{publish(0, true, cut), publish(0, true, cut),
                                  publish(0, true, cut)};
    verify(ids, 0, cut);
    verify({ids[1], ids[2]}, 1, cut, 0);
    EXPECT_TRUE(good());
    record_.read(cut, {0, ids[0]});
    EXPECT_TRUE(finds("retention had taken it"));
    EXPECT_EQ(record_.verify(cut, 1, {{1, ids[1]}}), 1u);
    EXPECT_TRUE(finds("ends below"));
    const CopyId one = publish(0);
    const CopyId other = publish(0);
    EXPECT_EQ(record_.verify(whole, 0, {{0, one}, {2, other}}), 2u);
    EXPECT_TRUE(finds("whole: stands behind a gap"));
}

}  // namespace
}  // namespace crash
