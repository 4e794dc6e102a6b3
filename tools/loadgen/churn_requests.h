#pragma once
// What churn asks a broker for: the requests that create and delete the thing of one number, and
// the answers to them.
#include <cstdint>
#include <memory>
#include <string>

#include "control_client.h"
#include "options.h"

namespace loadgen {

// Requests of one connection. The numbers of its things count from 0.
class ChurnRequests {
public:
    virtual ~ChurnRequests() = default;

    // Before the first thing, and after the last, when another connection with channel 1 cleans up.
    virtual void begin(ControlClient&) {}
    virtual void end(ControlClient&) {}
    virtual void append_create(std::string& out, unsigned number) const = 0;
    virtual void await_created(ControlClient& client) const = 0;
    virtual void append_delete(std::string& out, unsigned number) const = 0;
    virtual void await_deleted(ControlClient& client) const = 0;
    // The things are not deleted one by one but go with their connection: whether this one has gone
    // already.
    virtual bool has_gone(ControlClient&, unsigned /*number*/) const { return true; }
};

// Of the kind that the options name, for the connection of that index; none for connections, which
// are no business of a connection.
std::unique_ptr<ChurnRequests> make_churn_requests(const Options& options, unsigned connection);

}  // namespace loadgen
