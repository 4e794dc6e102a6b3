#include "broker/deduplication/deduplication_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "base/prng.h"
#include "broker/queue/queue_disk_model.h"

namespace warren::broker {
namespace {

using testing::QueueDisk;

constexpr std::int64_t never = storage::EntryHead::no_deadline;

class DeduplicationCacheTest : public ::testing::Test {
protected:
    void open(std::uint64_t size_max) {
        cache = std::make_unique<DeduplicationCache>(size_max);
        cache->attach([this](auto& owner, auto& restore,
                             auto& restored) { return disk.open(owner, restore, {}, restored); },
                      now_ms);
    }
    struct Answer {
        bool duplicate = false;
        std::uint64_t under_way = 0;  // the message itself, or its original
    };
    Answer admit(std::uint64_t key, std::int64_t deadline_ms = never) {
        const std::uint64_t number = ++last_number;
        const auto verdict = cache->admit(number, {key, 0}, deadline_ms, now_ms);
        cache->check_invariants();
        return {verdict.duplicate, verdict.duplicate ? verdict.original : number};
    }
    bool duplicate(std::uint64_t key) { return admit(key).duplicate; }
    void settle(std::uint64_t key, std::int64_t deadline_ms = never) {
        const auto verdict = admit(key, deadline_ms);
        ASSERT_FALSE(verdict.duplicate);
        cache->settle(verdict.under_way, {key, 0});
    }

    QueueDisk disk;
    std::int64_t now_ms = 1000;
    std::uint64_t last_number = 0;
    std::unique_ptr<DeduplicationCache> cache = std::make_unique<DeduplicationCache>(3);
};

TEST_F(DeduplicationCacheTest, a_key_counts_until_its_time_is_up) {
    EXPECT_FALSE(admit(1, 1500).duplicate);
    now_ms = 1499;
    EXPECT_TRUE(duplicate(1));
    now_ms = 1500;
    EXPECT_FALSE(duplicate(1));
}

TEST_F(DeduplicationCacheTest, a_duplicate_does_not_prolong_the_time_of_its_original) {
    admit(1, 1500);
    now_ms = 1400;
    EXPECT_TRUE(admit(1, 9000).duplicate);
    now_ms = 1500;
    EXPECT_FALSE(duplicate(1));
}

TEST_F(DeduplicationCacheTest, a_time_that_is_up_already_is_remembered_by_nobody) {
    EXPECT_FALSE(admit(1, now_ms).duplicate);
    EXPECT_FALSE(admit(1, now_ms).duplicate);
}

TEST_F(DeduplicationCacheTest, a_full_cache_forgets_its_oldest_key) {
    for (std::uint64_t key = 1; key <= 4; ++key)
        EXPECT_FALSE(duplicate(key));
    EXPECT_TRUE(duplicate(2));
    EXPECT_TRUE(duplicate(3));
    EXPECT_TRUE(duplicate(4));
    EXPECT_FALSE(duplicate(1));
    EXPECT_FALSE(duplicate(2));
    EXPECT_EQ(cache->size(), 3u);
}

TEST_F(DeduplicationCacheTest, keys_out_of_date_go_before_others) {
    cache = std::make_unique<DeduplicationCache>(100);
    for (std::uint64_t key = 0; key < 100; ++key)
        admit(key, key % 2 == 0 ? never : 1001);
    now_ms = 1001;
    for (std::uint64_t key = 100; key < 149; ++key)
        EXPECT_FALSE(duplicate(key));
    for (std::uint64_t key = 0; key < 100; key += 2)
        EXPECT_TRUE(duplicate(key)) << key;
}

TEST_F(DeduplicationCacheTest, a_refused_message_may_be_tried_again) {
    const auto first = admit(1);
    cache->withdraw(first.under_way, {1, 0});
    const auto second = admit(1);
    EXPECT_FALSE(second.duplicate);
    // News of the first, a second time: nothing to do with the second.
    cache->withdraw(first.under_way, {1, 0});
    EXPECT_EQ(admit(1).under_way, second.under_way);
    cache->settle(second.under_way, {1, 0});
    EXPECT_EQ(admit(1).under_way, 0u);
    EXPECT_EQ(cache->duplicates(), 2u);
    cache->withdraw(second.under_way, {1, 0});
    EXPECT_TRUE(duplicate(1));
}

TEST_F(DeduplicationCacheTest, a_smaller_size_holds_from_the_next_message_on) {
    for (std::uint64_t key = 1; key <= 3; ++key)
        admit(key);
    cache->set_size_max(1);
    EXPECT_EQ(cache->size(), 3u);
    EXPECT_FALSE(duplicate(4));
    EXPECT_EQ(cache->size(), 1u);
}

TEST_F(DeduplicationCacheTest, only_keys_of_safe_messages_are_found_again) {
    open(10);
    settle(1);
    admit(2);
    settle(3, 1500);
    settle(4, 1600);
    now_ms = 1500;
    open(10);
    EXPECT_EQ(cache->size(), 2u);
    EXPECT_TRUE(duplicate(1));
    EXPECT_FALSE(duplicate(2));
    EXPECT_FALSE(duplicate(3));
    EXPECT_TRUE(duplicate(4));
    now_ms = 1600;
    EXPECT_FALSE(duplicate(4));
}

TEST_F(DeduplicationCacheTest, what_is_forgotten_is_settled_on_disk) {
    open(2);
    for (std::uint64_t key = 1; key <= 5; ++key)
        settle(key);
    EXPECT_EQ(disk.entries().size(), 2u);
    open(1);
    EXPECT_EQ(cache->size(), 1u);
    EXPECT_EQ(disk.entries().size(), 1u);
    EXPECT_TRUE(duplicate(5));
}

// ---- against a model: all keys share one time to live, so it is known which are there ----

struct ModelKey {
    std::uint64_t key;
    std::int64_t deadline_ms;
    std::uint64_t under_way;
};

class CacheSimulation : protected DeduplicationCacheTest {
public:
    explicit CacheSimulation(std::uint64_t seed)
        : random_(seed), size_max_(1 + random_.below(20)), ttl_ms_(1 + random_.below(200)) {
        now_ms = 1000;
        open(size_max_);
    }
    void TestBody() override {}

    void run() {
        for (int step = 0; step < 1500; ++step) {
            now_ms += static_cast<std::int64_t>(random_.below(4));
            const std::uint64_t dice = random_.below(100);
            if (dice < 60)
                publish();
            else if (dice < 90)
                hear_of_one();
            else if (dice < 98)
                page();
            else
                restart();
            cache->check_invariants();
            ASSERT_FALSE(::testing::Test::HasFailure());
        }
    }

private:
    void drop_outdated() {
        std::erase_if(model_, [&](const ModelKey& held) { return held.deadline_ms <= now_ms; });
    }
    void publish() {
        drop_outdated();
        const std::uint64_t key = random_.below(30);
        const auto held = std::ranges::find(model_, key, &ModelKey::key);
        const auto deadline_ms = now_ms + static_cast<std::int64_t>(ttl_ms_);
        const auto verdict = admit(key, deadline_ms);
        ASSERT_EQ(verdict.duplicate, held != model_.end());
        if (verdict.duplicate) {
            ASSERT_EQ(verdict.under_way, held->under_way);
            return;
        }
        if (model_.size() == size_max_) model_.pop_front();
        model_.push_back({key, deadline_ms, verdict.under_way});
        travelling_.push_back(model_.back());
    }
    void hear_of_one() {
        if (travelling_.empty()) return;
        // In order, so that the log, which is in the order of these news, is in that of arrival.
        const auto at = travelling_.begin();
        const auto held = std::ranges::find(model_, at->under_way, &ModelKey::under_way);
        if (random_.below(4) == 0) {
            cache->withdraw(at->under_way, {at->key, 0});
            if (held != model_.end()) model_.erase(held);
        } else {
            cache->settle(at->under_way, {at->key, 0});
            if (held != model_.end()) held->under_way = 0;
        }
        travelling_.erase(at);
    }
    void page() {
        if (disk.is_paging())
            disk.end_paging();
        else if (disk.appended_through() != 0)
            disk.begin_paging(1 + random_.below(disk.appended_through()));
    }
    void restart() {
        drop_outdated();
        std::erase_if(model_, [](const ModelKey& held) { return held.under_way != 0; });
        travelling_.clear();
        open(size_max_);
        for (const ModelKey& held : model_)
            ASSERT_TRUE(admit(held.key).duplicate) << held.key;
        ASSERT_EQ(cache->size(), model_.size());
    }

    Prng random_;
    const std::uint64_t size_max_;
    const std::uint64_t ttl_ms_;
    std::deque<ModelKey> model_;  // oldest first
    std::vector<ModelKey> travelling_;
};

TEST(DeduplicationCacheSimulation, answers_as_its_model) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        CacheSimulation(seed).run();
        if (::testing::Test::HasFailure()) return;
    }
}

// Any times to live: what it says must be true, and it must know what it has room for.
TEST(DeduplicationCacheSimulation, is_never_wrong_and_forgets_only_when_full) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        Prng random(seed);
        const std::uint64_t size_max = 1 + random.below(30);
        DeduplicationCache cache(size_max);
        std::map<std::uint64_t, ModelKey> last;  // of each key; under_way: when it came
        std::int64_t now_ms = 0;
        for (std::uint64_t step = 1; step < 2000; ++step) {
            now_ms += static_cast<std::int64_t>(random.below(3));
            const std::uint64_t key = random.below(60);
            const auto deadline_ms = now_ms + static_cast<std::int64_t>(random.below(300));
            const auto held = last.find(key);
            const bool fresh = held != last.end() && held->second.deadline_ms > now_ms;
            const auto since = std::ranges::count_if(last, [&](const auto& other) {
                return fresh && other.second.under_way > held->second.under_way;
            });
            const bool duplicate = cache.admit(step, {key, 0}, deadline_ms, now_ms).duplicate;
            cache.check_invariants();
            ASSERT_TRUE(fresh || !duplicate);
            ASSERT_TRUE(duplicate || !fresh || static_cast<std::uint64_t>(since) >= size_max);
            if (!duplicate) last[key] = {key, deadline_ms, step};
        }
    }
}

}  // namespace
}  // namespace warren::broker
