// What a trace does when its file cannot keep up, or has grown too long. How entries look is in
// trace_entry_test.cpp, what the API says in tests/e2e/test_traces.py.
#include "http/traces/traces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "broker/topology/topology.h"
#include "broker/trace/trace.h"
#include "cluster/shard_node.h"

namespace warren::http {

namespace {

struct Clock final : TurnClock {
    Now value{{1'000'000}, {1'700'000'000'000}};
    Now now() override { return value; }
};

struct NoOtherShards final : cluster::Interconnect {
    bool post(ShardId, cluster::ShardBatch&) override { return true; }
};

// Writes when it is told to.
struct SlowFile final : TraceFiles {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_before = 0;  // of the file
    std::move_only_function<void(Appended)> under_way;

    void append(const std::string&, std::string text,
                std::move_only_function<void(Appended)> then) override {
        ENSURE(under_way == nullptr);
        entries += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
        bytes += text.size();
        under_way = std::move(then);
    }
    bool write() {
        auto then = std::exchange(under_way, nullptr);
        if (then) then(bytes_before + bytes);
        return then != nullptr;
    }
    std::vector<TraceFile> list() const override { return {}; }
    std::optional<BodySource> read(const std::string&) const override { return std::nullopt; }
    bool remove(const std::string&) override { return false; }
};

class TracesTest : public testing::Test {
protected:
    TracesTest() {
        desk_.attach(node_);
        ENSURE(node_.bootstrap(broker::TopologyCommand{broker::CreateVhost{.name = "/"}}));
        node_.end_bootstrap();
        bool started = false;
        traces_.start(
            {.vhost = "/",
             .name = "t",
             .pattern = "#",
             .form = {TraceFormat::json},
             .username = {}},
            [&](const Result<void, std::string>& outcome) { started = outcome.has_value(); });
        settle();
        ENSURE(started);
    }

    void settle() {
        do {
            node_.end_turn();
            node_.post();
        } while (node_.needs_turn());
    }
    void publish(std::size_t body_bytes) {
        const std::string body(body_bytes, 'x');
        const std::string header = amqp091::HeaderEdit().encode(body.size());
        broker::trace_publish(
            node_, *broker::Message::make("", "q", as_bytes(header), as_bytes(body), {}), {}, {},
            {.node = "n", .vhost = "/", .connection = "c", .channel = 1, .user = "u"});
        settle();
    }
    const broker::Vhost& vhost() const { return *node_.topology().find_vhost("/"); }

    Clock clock_;
    NoOtherShards others_;
    QuestionDesk desk_;
    cluster::ShardNode node_{1, clock_, desk_, others_, 1};
    SlowFile file_;
    Traces traces_{node_, desk_, file_};
};

}  // namespace

TEST_F(TracesTest, take_no_more_than_their_file_has_taken) {
    constexpr std::size_t body_bytes = 256u << 10;
    constexpr std::uint64_t messages = 40;  // 10 MiB
    for (std::uint64_t count = 0; count < messages; ++count)
        publish(body_bytes);
    // One entry is being written, and the rest of the window waits; in base64 both.
    ASSERT_NE(file_.under_way, nullptr);
    EXPECT_EQ(file_.entries, 1u);
    file_.write();
    settle();
    EXPECT_LE(file_.bytes, 2 * (limits::delivery_window_bytes + body_bytes));
    while (file_.write())
        settle();
    EXPECT_EQ(file_.entries, messages);
}

TEST_F(TracesTest, lose_the_oldest_entries_when_a_file_stands_still) {
    constexpr std::size_t body_bytes = 4u << 20;
    constexpr std::uint64_t messages = 20;  // 80 MiB, where 64 may wait
    for (std::uint64_t count = 0; count < messages; ++count)
        publish(body_bytes);
    while (file_.write())
        settle();
    EXPECT_LT(file_.entries, messages);
    EXPECT_GE(file_.entries, 16u);
    EXPECT_EQ(traces_.all().size(), 1u);
}

TEST_F(TracesTest, end_with_a_file_that_is_too_long) {
    file_.bytes_before = Traces::file_bytes_max - 1000;
    publish(100);
    file_.write();
    settle();
    ASSERT_EQ(traces_.all().size(), 1u);
    publish(1000);
    file_.write();
    settle();
    EXPECT_TRUE(traces_.all().empty());
    EXPECT_TRUE(vhost().queues.empty());
    EXPECT_FALSE(vhost().is_traced);
}

}  // namespace warren::http
