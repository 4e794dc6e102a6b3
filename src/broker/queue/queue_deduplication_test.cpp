// Queues that take no message whose key (x-deduplication-header) one of theirs has already.
#include <algorithm>
#include <map>

#include "amqp091/content_header.h"
#include "amqp091/field_table.h"
#include "base/prng.h"
#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

// The key of a message is the first letter of its text.
MessageRef keyed_message(std::string_view text, MessageTraits traits) {
    const std::string header =
        amqp091::HeaderEdit()
            .set_headers(amqp091::FieldTable{{"x-deduplication-header", text.substr(0, 1)}})
            .encode(text.size());
    traits.has_headers = true;
    return Message::make("exchange", "key", as_bytes(header), as_bytes(text), traits);
}

class QueueDeduplicationTest : public QueueTest {
protected:
    void SetUp() override { make_with({}); }
    void make_with(QueueSettings settings) {
        settings.deduplicates = true;
        make(std::move(settings));
    }
    // Whether the queue has taken it.
    bool publish(std::string_view text, MessageTraits traits = {}) {
        host.confirmed.clear();
        queue().publish(keyed_message(text, traits), {{1}, {1}, ++sequence});
        queue().check_invariants();
        return host.confirmed.at(0).outcome != ConfirmOutcome::refused;
    }
};

TEST_F(QueueDeduplicationTest, a_duplicate_is_refused_while_its_original_waits) {
    EXPECT_TRUE(publish("a1"));
    EXPECT_FALSE(publish("a2"));
    EXPECT_TRUE(publish("b1"));
    const QueueStats stats = queue().stats();
    EXPECT_EQ(stats.counters.published, 2u);
    EXPECT_EQ(stats.counters.duplicates, 1u);
    EXPECT_EQ(stats.counters.dead_lettered, 0u);
    EXPECT_EQ(stats.keys, 2u);
    EXPECT_EQ(get_all(), (Bodies{"a1", "b1"}));
    EXPECT_EQ(queue().stats().keys, 0u);
    EXPECT_TRUE(publish("a3"));
}

TEST_F(QueueDeduplicationTest, other_queues_take_it) {
    make();
    EXPECT_TRUE(publish("a1"));
    EXPECT_TRUE(publish("a2"));
}

TEST_F(QueueDeduplicationTest, a_duplicate_is_refused_until_its_original_is_acknowledged) {
    consume(a);
    EXPECT_TRUE(publish("a1"));
    turn();
    EXPECT_FALSE(publish("a2"));
    settle("a1", Settlement::requeue);
    EXPECT_FALSE(publish("a3"));
    turn();
    settle("a1", Settlement::ack);
    EXPECT_TRUE(publish("a4"));
}

TEST_F(QueueDeduplicationTest, deliveries_that_this_turn_will_make_are_seen) {
    ConsumerSpec consumer = spec(a);
    consumer.auto_ack = true;
    consume(std::move(consumer));
    EXPECT_TRUE(publish("a1"));
    EXPECT_TRUE(publish("a2"));
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"a1", "a2"}));
}

TEST_F(QueueDeduplicationTest, rejected_messages_have_left) {
    consume(a);
    EXPECT_TRUE(publish("a1"));
    turn();
    settle("a1", Settlement::reject);
    EXPECT_TRUE(publish("a2"));
}

TEST_F(QueueDeduplicationTest, expired_messages_have_left) {
    EXPECT_TRUE(publish("a1", {.expiration_ms = 10}));
    host.clock = host.clock.plus_ms(9);
    EXPECT_FALSE(publish("a2"));
    host.clock = host.clock.plus_ms(1);
    EXPECT_TRUE(publish("a3"));
}

TEST_F(QueueDeduplicationTest, what_a_length_limit_drops_has_left) {
    make_with({.length_max = 1});
    EXPECT_TRUE(publish("a1"));
    EXPECT_TRUE(publish("b1"));
    EXPECT_TRUE(publish("a2"));
    EXPECT_EQ(get_all(), (Bodies{"a2"}));
}

TEST_F(QueueDeduplicationTest, a_full_queue_refuses_before_it_looks_for_duplicates) {
    make_with({.length_max = 1, .overflow = Overflow::reject_publish});
    EXPECT_TRUE(publish("a1"));
    EXPECT_FALSE(publish("b1"));
    EXPECT_FALSE(publish("a2"));
    EXPECT_EQ(queue().stats().counters.refused, 2u);
    EXPECT_EQ(queue().stats().counters.duplicates, 0u);
    EXPECT_EQ(get_all(), (Bodies{"a1"}));
    EXPECT_TRUE(publish("b2"));
}

TEST_F(QueueDeduplicationTest, duplicates_are_dead_lettered) {
    make_with({.dead_letter_exchange = "dead"});
    EXPECT_TRUE(publish("a1"));
    EXPECT_FALSE(publish("a2"));
    EXPECT_EQ(host.dead, (std::vector<TestHost::Dead>{{"a2", DeathReason::maxlen}}));
    EXPECT_EQ(queue().stats().counters.dead_lettered, 1u);
}

TEST_F(QueueDeduplicationTest, a_purge_leaves_the_unacknowledged) {
    consume(a, 1);
    EXPECT_TRUE(publish("a1"));
    EXPECT_TRUE(publish("b1"));
    turn();
    queue().purge({ticket});
    EXPECT_TRUE(publish("b2"));
    EXPECT_FALSE(publish("a2"));
}

TEST_F(QueueDeduplicationTest, a_policy_may_switch_it) {
    EXPECT_TRUE(publish("a1"));
    queue().update_settings({});
    EXPECT_TRUE(publish("a2"));
    EXPECT_EQ(queue().stats().keys, 0u);
    queue().update_settings({.deduplicates = true});
    EXPECT_TRUE(publish("a3"));
    EXPECT_FALSE(publish("a4"));
    EXPECT_EQ(get_all(), (Bodies{"a1", "a2", "a3"}));
    EXPECT_TRUE(publish("a5"));
}

// ---- on disk ----

// A durable queue whose messages and keys outlive it, against a model: which key is whose.
class QueueDeduplicationSimulation : protected QueueTest {
public:
    explicit QueueDeduplicationSimulation(std::uint64_t seed) : random_(seed), disk_(&random_) {
        open();
        QueueTest::consume(a, 3);
    }
    void TestBody() override {}

    void run() {
        for (int step = 0; step < 400; ++step) {
            switch (random_.below(12)) {
                case 0:
                    return_or_drop();
                    break;
                case 1:
                    page(disk_);
                    break;
                case 2:
                    page(key_disk_);
                    break;
                case 3:
                    if (random_.below(6) == 0) restart();
                    break;
                case 4:
                    if (random_.below(6) == 0) purge();
                    break;
                case 5:
                case 6:
                    acknowledge();
                    break;
                default:
                    publish();
            }
            turn();
            note_deliveries();
            check();
            ASSERT_FALSE(HasFailure());
        }
    }

private:
    struct Held {
        std::string body;
        bool persistent = false;
        bool unacked = false;
    };

    void open() {
        host.turn_wanted = host.log_wanted = false;
        host.timer = Instant::never();
        make({.deduplicates = true, .durable = true});
        queue().attach_keys([this](auto& owner, auto& sink, auto& restored) {
            return key_disk_.open(owner, sink, {}, restored);
        });
        queue().attach([this](auto& owner, auto& sink,
                              auto& restored) { return disk_.open(owner, sink, {}, restored); },
                       {});
    }
    void publish() {
        const char key = static_cast<char>('a' + random_.below(12));
        const std::string body = key + std::to_string(++published_);
        const bool persistent = random_.below(3) != 0;
        host.confirmed.clear();
        queue().publish(keyed_message(body, {.persistent = persistent}), {{1}, {1}, ++sequence});
        const bool taken = host.confirmed.at(0).outcome != ConfirmOutcome::refused;
        ASSERT_EQ(taken, held_.count(key) == 0) << body;
        if (taken) held_[key] = {body, persistent};
    }
    void note_deliveries() {
        for (const TestHost::Delivered& one : host.delivered) {
            held_.at(one.body[0]).unacked = true;
            delivered_.emplace_back(one.body, one.index);
        }
        host.delivered.clear();
    }
    void settle_one(Settlement settlement) {
        if (delivered_.empty()) return;
        const auto at =
            delivered_.begin() + static_cast<std::ptrdiff_t>(random_.below(delivered_.size()));
        const auto [body, index] = *at;
        delivered_.erase(at);
        if (settlement == Settlement::requeue)
            held_.at(body[0]).unacked = false;
        else
            held_.erase(body[0]);
        queue().settle({index, index, settlement});
    }
    void acknowledge() { settle_one(Settlement::ack); }
    void return_or_drop() {
        settle_one(random_.below(2) == 0 ? Settlement::requeue : Settlement::reject);
    }
    void page(QueueDisk& disk) {
        turn();
        note_deliveries();
        if (disk.is_paging())
            disk.end_paging();
        else if (disk.appended_through() != 0)
            disk.begin_paging(1 + random_.below(disk.appended_through()));
    }
    void purge() {
        queue().purge({ticket});
        note_deliveries();
        std::erase_if(held_, [](const auto& one) { return !one.second.unacked; });
    }
    // What the turn has logged is on the disk: the two logs are one to it.
    void restart() {
        turn();
        note_deliveries();
        std::erase_if(held_, [](const auto& one) { return !one.second.persistent; });
        for (auto& [key, held] : held_)
            held.unacked = false;
        delivered_.clear();
        open();
        QueueTest::consume(a, 3);
    }
    void check() {
        const QueueStats stats = queue().stats();
        ASSERT_EQ(stats.keys, held_.size());
        ASSERT_EQ(stats.ready + stats.unacked, held_.size());
        const auto persistent =
            std::ranges::count_if(held_, [](const auto& one) { return one.second.persistent; });
        ASSERT_EQ(key_disk_.entries().size(), static_cast<std::size_t>(persistent));
    }

    Prng random_;
    QueueDisk disk_;
    QueueDisk key_disk_;
    std::map<char, Held> held_;  // by key
    std::vector<std::pair<std::string, DeliveryIndex>> delivered_;
    std::uint64_t published_ = 0;
};

TEST(QueueDeduplication, keys_go_with_their_messages_and_come_back_with_them) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        QueueDeduplicationSimulation(seed).run();
        if (::testing::Test::HasFailure()) return;
    }
}

// Damage has taken the messages and left the keys.
TEST(QueueDeduplication, keys_without_messages_go_when_the_queue_is_empty) {
    TestHost host;
    QueueDisk key_disk;
    QueueDisk disk;
    const auto open = [&] {
        auto queue = std::make_unique<Queue>(
            QueueId{1}, "/", "q", QueueSettings{.deduplicates = true, .durable = true}, host);
        const auto log_on = [](QueueDisk& log) {
            return [&log](auto& owner, auto& sink, auto& restored) {
                return log.open(owner, sink, {}, restored);
            };
        };
        queue->attach_keys(log_on(key_disk));
        queue->attach(log_on(disk), {});
        return queue;
    };
    auto queue = open();
    const auto publish = [&](std::string_view text) {
        host.confirmed.clear();
        queue->publish(keyed_message(text, {.persistent = true}), {{1}, {1}, 1});
        host.run_turns(*queue);
        return host.confirmed.at(0).outcome != ConfirmOutcome::refused;
    };
    EXPECT_TRUE(publish("a1"));
    EXPECT_TRUE(publish("b1"));
    disk.entries().clear();
    queue = open();
    EXPECT_EQ(queue->stats().keys, 2u);
    EXPECT_TRUE(publish("a2"));
    EXPECT_EQ(queue->stats().keys, 1u);
    EXPECT_TRUE(publish("b2"));
    EXPECT_FALSE(publish("a3"));
}

}  // namespace
}  // namespace warren::broker::testing
