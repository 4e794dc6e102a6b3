#pragma once
// The rows of objects that are shown one by one: labelled, and no more than the guard allows.
#include <string>
#include <vector>

#include "http/api.h"
#include "http/metrics/snapshot.h"

namespace warren::http::metrics {

// What is asked for; no vhosts stand for all.
struct Selection {
    std::vector<std::string> vhosts;
    bool queues = true;
    bool sessions = true;
    bool exchanges = true;
    bool logins = true;

    bool takes(std::string_view vhost) const;
};

// What the topology knows: vhosts, exchanges with their bindings, and queues without figures, whose
// addresses it returns.
std::vector<broker::QueueAddress> list_objects(const Api& api, const Selection& selection,
                                               Snapshot& snapshot);
void list_sessions(const Api& api, const Selection& selection,
                   std::vector<session::ConnectionReport> connections,
                   std::vector<session::ChannelReport> channels, Snapshot& snapshot);
void list_exchanges(const Api& api, const Selection& selection, const ExchangeReports& reports,
                    Snapshot& snapshot);
void list_logins(const auth::LoginsBySource& logins, Snapshot& snapshot);

}  // namespace warren::http::metrics
