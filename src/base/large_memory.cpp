#include "base/large_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "base/ensure.h"

namespace warren {

namespace {

// A multiple of every page size in use.
constexpr std::size_t page_bytes = 65'536;
// About half a millisecond.
constexpr std::size_t piece_bytes = 4u << 20;

thread_local LargeMemoryReturn* return_of_this_thread = nullptr;

std::size_t in_pages(std::size_t bytes) {
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

void unmap(void* memory, std::size_t bytes) {
    ENSURE(::munmap(memory, bytes) == 0);
}

}  // namespace

void* allocate_large(std::size_t bytes) {
    void* memory = ::mmap(nullptr, in_pages(bytes), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return memory;
}

void free_large(void* memory, std::size_t bytes) {
    if (return_of_this_thread == nullptr) return unmap(memory, in_pages(bytes));
    return_of_this_thread->blocks_.push_back({static_cast<std::byte*>(memory), in_pages(bytes)});
}

LargeMemoryReturn::LargeMemoryReturn() {
    if (return_of_this_thread == nullptr) return_of_this_thread = this;
}

LargeMemoryReturn::~LargeMemoryReturn() {
    if (return_of_this_thread == this) return_of_this_thread = nullptr;
    while (!empty())
        give_back_some();
}

void LargeMemoryReturn::give_back_some() {
    if (empty()) return;
    Block& block = blocks_.back();
    const std::size_t piece = std::min(block.bytes, piece_bytes);
    block.bytes -= piece;
    unmap(block.memory + block.bytes, piece);
    if (block.bytes == 0) blocks_.pop_back();
}

}  // namespace warren
