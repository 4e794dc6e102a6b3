#pragma once
// /metrics: what Prometheus scrapes, by RabbitMQ's names.
//
//   /metrics                       totals (or all objects, if so configured)
//   /metrics/per-object            each queue, connection, channel, exchange
//   /metrics/detailed?family=&vhost=   only some families, of some vhosts; names begin anew
//   /metrics/memory-breakdown      what memory is used for
//
// A scrape first gathers what it needs (Snapshot), then its text is made while it is sent. Lives on
// the observer's shard.
#include "http/api.h"
#include "http/request_handler.h"

namespace warren::http::metrics {

class Endpoint final : public RequestHandler {
public:
    // The API outlives it: its settings, its users and what it knows are used.
    explicit Endpoint(Api& api) : api_(api) {}

    void handle(Request request, const auth::Peer& peer, Responder responder) override;

private:
    Api& api_;
};

}  // namespace warren::http::metrics
