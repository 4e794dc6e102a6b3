#include <algorithm>
#include <cstring>

#include "storage/wal.h"

namespace warren::storage {

namespace {
constexpr std::size_t first_capacity = 16u << 10;
// Memory that is kept whatever it was used for, and that is kept at most.
constexpr std::size_t little_capacity = 256u << 10;
constexpr std::size_t kept_capacity_max = 8u << 20;
}  // namespace

WalBatch& WalBatch::operator=(WalBatch&& other) noexcept {
    data_ = std::move(other.data_);
    capacity_ = std::exchange(other.capacity_, 0);
    size_ = std::exchange(other.size_, 0);
    records_ = std::exchange(other.records_, 0);
    return *this;
}

void WalBatch::grow(std::size_t bytes) {
    const std::size_t capacity = std::max({bytes, 2 * capacity_, first_capacity});
    auto data = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
}

void WalBatch::seal(std::uint64_t file_number, std::uint64_t batch_number,
                    std::uint64_t synced_through) {
    ENSURE(!empty() && batch_number != 0 && synced_through < batch_number);
    wal_format::write_batch_header(data_.get(), {.bytes = size_,
                                                 .file_number = file_number,
                                                 .batch_number = batch_number,
                                                 .synced_through = synced_through,
                                                 .records = records_});
    const std::uint64_t seed = wal_format::record_seed(file_number, batch_number);
    for (std::size_t at = wal_format::batch_header_bytes; at != size_;)
        at += wal_format::seal_record(data_.get() + at, seed);
}

void WalBatch::clear() {
    const bool was_of_use = size_ >= capacity_ / 4 && capacity_ <= kept_capacity_max;
    if (capacity_ > little_capacity && !was_of_use) {
        data_.reset();
        capacity_ = 0;
    }
    size_ = 0;
    records_ = 0;
}

}  // namespace warren::storage
