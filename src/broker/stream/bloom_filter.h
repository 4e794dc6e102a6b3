#pragma once
// Which filter values (header x-stream-filter-value) the messages of a batch or a chunk may have. A
// value that was added is always found; others seldom are. The bits go to disk: how they are chosen
// never changes.
//
// A filter without bits says that no message has a value: all of them are unfiltered, which is the
// empty value.
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace warren::broker {

class BloomFilter {
public:
    BloomFilter() = default;
    // `bytes`: x-stream-filter-size-bytes.
    explicit BloomFilter(std::size_t bytes) : bits_(bytes, '\0') {}
    static BloomFilter of_bits(ByteView bits) {
        BloomFilter filter;
        filter.bits_ = as_text(bits);
        return filter;
    }

    bool has_bits() const { return !bits_.empty(); }
    ByteView bits() const { return as_bytes(bits_); }
    // Only with bits.
    void insert(std::string_view value);
    bool may_contain(std::string_view value) const;
    // Afterwards it says of every value what either said; of filters of two sizes, that it may be
    // there. Either may be without bits.
    void merge(const BloomFilter& other);

    friend bool operator==(const BloomFilter&, const BloomFilter&) = default;

private:
    std::string bits_;
};

}  // namespace warren::broker
