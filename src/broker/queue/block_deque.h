#pragma once
// A double-ended queue that grows and shrinks by small blocks: a backlog of millions never copies
// its values to grow, gives its memory back while it drains, and a queue that is filled and emptied
// in turns stays in the same warm block.
//
// Slots are numbered around a ring of blocks; only the blocks between front and back exist, and one
// more is kept in reserve. Invariant: front and back never share a block from two sides (size_ +
// block_values <= slots of the ring).
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/ensure.h"

namespace warren::broker {

// Value must be default-constructible and movable; a value that was moved from must own nothing.
template <typename Value, std::size_t block_values = 32>
class BlockDeque {
    static_assert(std::has_single_bit(block_values));

public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    Value& operator[](std::size_t index) { return slot(wrap(first_ + index)); }
    const Value& operator[](std::size_t index) const {
        const std::size_t at = wrap(first_ + index);
        return blocks_[at / block_values][at % block_values];
    }
    Value& front() { return (*this)[0]; }
    const Value& front() const { return (*this)[0]; }
    Value& back() { return (*this)[size_ - 1]; }

    void push_back(Value&& value) {
        if (size_ + 1 + block_values > slots()) add_blocks();
        slot_for_writing(wrap(first_ + size_)) = std::move(value);
        ++size_;
    }
    void push_front(Value&& value) {
        if (size_ + 1 + block_values > slots()) add_blocks();
        first_ = wrap(first_ + slots() - 1);
        slot_for_writing(first_) = std::move(value);
        ++size_;
    }

    Value pop_front() {
        ENSURE(size_ != 0);
        const std::size_t at = first_;
        Value value = std::move(slot(at));
        if (--size_ == 0) {
            now_empty();
            return value;
        }
        first_ = wrap(at + 1);
        if (first_ % block_values == 0) retire(at / block_values);
        return value;
    }

    // Keeps the first `count` values.
    void truncate(std::size_t count) {
        while (size_ > count) {
            const std::size_t at = wrap(first_ + --size_);
            slot(at) = Value{};
            if (at % block_values == 0 && size_ != 0) retire(at / block_values);
        }
        if (size_ == 0) now_empty();
    }

private:
    using Block = std::unique_ptr<Value[]>;
    static constexpr std::size_t blocks_min = 4;
    // The ring of an empty deque that once had more blocks than this is given back.
    static constexpr std::size_t blocks_kept = 1024;

    std::size_t slots() const { return blocks_.size() * block_values; }
    std::size_t wrap(std::size_t at) const { return at & (slots() - 1); }
    Value& slot(std::size_t at) { return blocks_[at / block_values][at % block_values]; }
    Value& slot_for_writing(std::size_t at) {
        Block& block = blocks_[at / block_values];
        if (block == nullptr) [[unlikely]]
            block =
                reserve_ != nullptr ? std::move(reserve_) : std::make_unique<Value[]>(block_values);
        return block[at % block_values];
    }
    // Starts over in the block where it ended, whose memory is warm.
    void now_empty() {
        first_ -= first_ % block_values;
        if (blocks_.size() <= blocks_kept) return;
        blocks_ = std::vector<Block>();
        first_ = 0;
    }
    void retire(std::size_t block) {
        if (reserve_ == nullptr)
            reserve_ = std::move(blocks_[block]);
        else
            blocks_[block].reset();
    }

    // Doubles the ring of blocks, with the front block first.
    void add_blocks() {
        std::vector<Block> more(blocks_.empty() ? blocks_min : blocks_.size() * 2);
        const std::size_t front_block = first_ / block_values;
        for (std::size_t i = 0; i < blocks_.size(); ++i)
            more[i] = std::move(blocks_[(front_block + i) & (blocks_.size() - 1)]);
        blocks_ = std::move(more);
        first_ %= block_values;
    }

    std::vector<Block> blocks_;  // ring; its size is a power of two, or zero
    Block reserve_;              // the last block that fell free
    std::size_t first_ = 0;      // slot of the front value
    std::size_t size_ = 0;
};

}  // namespace warren::broker
