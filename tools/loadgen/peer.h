#pragma once
// One client connection in a worker's loop, after its handshake. A peer belongs to one worker; its
// worker calls turn() when epoll had something to tell, when its time has come, or when the last
// turn left work over.
#include <string>
#include <string_view>

#include "clock.h"
#include "control_client.h"
#include "histogram.h"
#include "run_state.h"
#include "stream.h"
#include "wire.h"

namespace loadgen {

// What a peer is given by its worker: the run's flags, and the worker's counters, which all its
// peers add to.
struct PeerContext {
    RunState& run;
    Tally& tally;
};

class Peer {
public:
    // Takes the client's socket over.
    Peer(std::string name, ControlClient& client, PeerContext context);
    virtual ~Peer() = default;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    // A bounded piece of work. True: there is more to do at once.
    virtual bool turn(ReadArena& arena) = 0;
    // When turn() wants to be called without any event.
    virtual Nanos next_due() const { return nanos_never; }
    // The run is over: what is left to say before the connection is closed goes into out().
    virtual void finish() {}

    // Adds what this peer has measured to the histogram that it belongs to.
    virtual void add_latency(Histogram& delivery, Histogram& confirm) const = 0;
    Stream& stream() { return stream_; }
    const std::string& out() const { return out_; }
    bool failed() const { return failed_; }

protected:
    // The methods that any connection may receive. False: the connection is over and the failure
    // recorded.
    bool on_general_method(Method method, std::string_view arguments);
    // Records a failure of this connection, which ends the run. Always false.
    bool fail(const std::string& what);
    // Reads once and hands it to the scanner. False: the connection is over and the failure
    // recorded.
    template <typename Scanner>
    bool receive(ReadArena& arena, Scanner& scanner) {
        const std::string_view input = stream_.receive(arena);
        if (!stream_.end_reason().empty()) return fail(stream_.end_reason());
        if (input.empty()) return true;
        stream_.keep(input.substr(scanner.scan(input)));
        if (!scanner.stopped()) return true;
        return failed_ ? false : fail(scanner.problem());
    }
    // Writes what out_ holds; true when nothing is left of it.
    bool flush_out();

    RunState& run_;
    Tally& tally_;
    std::string name_;
    Stream stream_;
    std::string out_;    // control methods and acknowledgements on their way
    Histogram latency_;  // of deliveries at a consumer, of confirms at a producer
    bool failed_ = false;

private:
    struct Handover {
        int fd;
        std::string unread;
    };
    Peer(std::string name, Handover handover, PeerContext context);
    static Handover take_over(ControlClient& client);
};

}  // namespace loadgen
