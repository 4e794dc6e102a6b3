#pragma once
// Waiting until a descriptor can be read or written, in a shard's event loop. Owns the descriptor.
//
// A wait is for one event: after on_readable() the next one needs another await_readable(). There
// is at most one wait of each kind. Destroying the watch ends its waits without a call. Lives on
// one shard; may be destroyed within its own calls.
//
// The kernel tells only of what is new (runtime/event_poll.h). So whoever has read says whether
// all was taken: until drained() the descriptor counts as readable, and a wait for it ends at once,
// in the next turn.
#include <cstdint>

#include "net/socket.h"
#include "runtime/event_poll.h"
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

class ReadinessWatch final : private runtime::EventPoll::Target {
public:
    ReadinessWatch(runtime::Shard& shard, Socket socket, ReadinessHandler& handler);
    ReadinessWatch(const ReadinessWatch&) = delete;
    ReadinessWatch& operator=(const ReadinessWatch&) = delete;
    // Closes the descriptor.
    ~ReadinessWatch();

    // -1 if it could not be watched: reading it fails.
    int descriptor() const { return socket_.descriptor(); }
    void await_readable();
    // After a write that the kernel has not taken all of.
    void await_writable();
    // The last read found nothing, or less than it had room for: what comes now is new.
    void drained() { readable_ = ended_; }
    bool awaits_readable() const { return awaits_readable_; }
    bool awaits_writable() const { return awaits_writable_; }

private:
    void on_events(std::uint32_t events) override;

    runtime::EventPoll& events_;
    ReadinessHandler& handler_;
    Socket socket_;
    bool readable_ = false;        // there may be more than what was read
    bool ended_ = false;           // no more input comes: reading will tell, again and again
    bool watches_output_ = false;  // the kernel has been told to
    bool awaits_readable_ = false;
    bool awaits_writable_ = false;
};

}  // namespace warren::net
