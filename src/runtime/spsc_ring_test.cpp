#include "runtime/spsc_ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

namespace warren::runtime {
namespace {

TEST(spsc_ring, gives_items_back_in_the_order_pushed) {
    SpscRing<std::string> ring(4);
    std::string item = "first";
    EXPECT_TRUE(ring.push(item));
    item = "second";
    EXPECT_TRUE(ring.push(item));
    EXPECT_TRUE(ring.pop(item));
    EXPECT_EQ(item, "first");
    EXPECT_TRUE(ring.pop(item));
    EXPECT_EQ(item, "second");
    EXPECT_FALSE(ring.pop(item));
    EXPECT_TRUE(ring.empty());
}

TEST(spsc_ring, leaves_the_item_with_its_owner_when_full) {
    SpscRing<std::unique_ptr<int>> ring(2);
    for (int n = 0; n < 2; ++n) {
        auto item = std::make_unique<int>(n);
        EXPECT_TRUE(ring.push(item));
    }
    auto refused = std::make_unique<int>(2);
    EXPECT_FALSE(ring.push(refused));
    ASSERT_NE(refused, nullptr);
    std::unique_ptr<int> taken;
    EXPECT_TRUE(ring.pop(taken));
    EXPECT_TRUE(ring.push(refused));
}

TEST(spsc_ring, two_threads_see_every_item_once_and_in_order) {
    constexpr int items = 200'000;
    SpscRing<std::unique_ptr<int>> ring(8);
    std::thread producer([&] {
        for (int n = 0; n < items; ++n) {
            auto item = std::make_unique<int>(n);
            while (!ring.push(item))
                std::this_thread::yield();
        }
    });
    int expected = 0;
    while (expected < items) {
        std::unique_ptr<int> item;
        if (!ring.pop(item)) {
            std::this_thread::yield();
            continue;
        }
        if (*item != expected) break;
        ++expected;
    }
    producer.join();
    EXPECT_EQ(expected, items);
    EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace warren::runtime
