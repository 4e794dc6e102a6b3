#pragma once
// Which shard runs on this thread, and a member that remembers where an object was built.
// Thread 0 of a test counts as shard 0.
#include "base/ids.h"

namespace warren {

namespace detail {
inline constinit thread_local ShardId current_shard{};
}

inline ShardId this_shard() {
    return detail::current_shard;
}

// Called once at the start of a shard's thread.
inline void set_this_shard(ShardId shard) {
    detail::current_shard = shard;
}

// Member of everything that lives on one shard: ENSURE(home_.is_here()) is a load and a compare.
class ShardBound {
public:
    ShardBound() : shard_(this_shard()) {}
    bool is_here() const { return shard_ == this_shard(); }
    ShardId shard() const { return shard_; }

private:
    ShardId shard_;
};

}  // namespace warren
