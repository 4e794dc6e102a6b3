#pragma once
// The one header of this folder that knows Asio, for those above who register sockets with a
// shard's event loop (net, http). Handlers run on the shard, within a turn.
#include <boost/asio/io_context.hpp>

#include "runtime/shard.h"

namespace warren::runtime {

struct AsioAccess {
    static boost::asio::io_context& io(Shard& shard);
};

inline boost::asio::io_context& io_context_of(Shard& shard) {
    return AsioAccess::io(shard);
}

}  // namespace warren::runtime
