#pragma once
// A bounded queue between one producing and one consuming thread, without locks. Each side keeps a
// copy of the other's index and looks at the real one only when the copy says full or empty, so
// that a cache line moves between the cores once per lap and not once per item.
//
// Publishing an item and looking for one are sequentially consistent: together with SleepFlag they
// make sure that a consumer that goes to sleep and a producer that finds it awake cannot miss one
// another. The ring carries batches, so this costs nothing that matters.
#include <atomic>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace warren::runtime {

// What two threads write to must lie this far apart (two lines: processors fetch them in pairs).
inline constexpr std::size_t cache_separation_bytes = 128;

template <typename Item>
class SpscRing {
public:
    // Room for at least `slots` items.
    explicit SpscRing(std::size_t slots) : items_(std::bit_ceil(slots)), mask_(items_.size() - 1) {}
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    // By the producer. Moves from `item` and returns true, or leaves it alone when the ring is
    // full.
    bool push(Item& item) {
        const std::size_t tail = producer_.own.load(std::memory_order_relaxed);
        if (tail - producer_.other > mask_) {
            producer_.other = consumer_.own.load(std::memory_order_acquire);
            if (tail - producer_.other > mask_) return false;
        }
        items_[tail & mask_] = std::move(item);
        producer_.own.store(tail + 1, std::memory_order_seq_cst);
        return true;
    }

    // By the consumer. False when the ring is empty.
    bool pop(Item& into) {
        const std::size_t head = consumer_.own.load(std::memory_order_relaxed);
        if (head == consumer_.other) {
            consumer_.other = producer_.own.load(std::memory_order_seq_cst);
            if (head == consumer_.other) return false;
        }
        into = std::move(items_[head & mask_]);
        consumer_.own.store(head + 1, std::memory_order_release);
        return true;
    }

    // By the consumer.
    bool empty() const {
        return consumer_.own.load(std::memory_order_relaxed) ==
               producer_.own.load(std::memory_order_seq_cst);
    }

private:
    // What one side writes: its own index and its copy of the other's.
    struct alignas(cache_separation_bytes) Side {
        std::atomic<std::size_t> own{0};
        std::size_t other = 0;
    };

    std::vector<Item> items_;
    std::size_t mask_;
    Side producer_;
    Side consumer_;
};

}  // namespace warren::runtime
