#pragma once
// Waiting until a descriptor can be read or written, in a shard's event loop. Owns the descriptor.
//
// A wait is for one event: after on_readable() the next one needs another await_readable(). There
// is at most one wait of each kind. Destroying the watch ends its waits without a call. Lives on
// one shard; may be destroyed within its own calls.
#include "net/socket.h"
#include "runtime/fwd.h"

namespace warren::net {

class ReadinessHandler {
public:
    // Something to read, end of input, or an error: reading tells.
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

protected:
    ~ReadinessHandler() = default;
};

class ReadinessWatch {
public:
    ReadinessWatch(runtime::Shard& shard, Socket socket, ReadinessHandler& handler);
    ReadinessWatch(const ReadinessWatch&) = delete;
    ReadinessWatch& operator=(const ReadinessWatch&) = delete;
    // Closes the descriptor.
    ~ReadinessWatch();

    int descriptor() const;
    void await_readable();
    void await_writable();
    bool awaits_readable() const;
    bool awaits_writable() const;

private:
    struct Watched;  // outlives this as long as the event loop knows it

    Watched* watched_;
};

}  // namespace warren::net
