#pragma once
// What answers the requests of a listener: the API, or the metrics.
#include <functional>

#include "auth/peer.h"
#include "http/request.h"
#include "http/response.h"

namespace warren::http {

using Responder = std::move_only_function<void(Response)>;

class RequestHandler {
public:
    // The responder is called once, perhaps before this returns; if the client has gone by then, it
    // does nothing.
    virtual void handle(Request request, const auth::Peer& peer, Responder responder) = 0;

protected:
    ~RequestHandler() = default;
};

}  // namespace warren::http
