#pragma once
// Joins the confirms that queues give one by one during a turn into ranges, so that a session gets
// one event for hundreds.
#include <vector>

#include "broker/queue/queue_commands.h"

namespace warren::cluster {

class ConfirmRanges {
public:
    void add(const broker::ConfirmTicket& ticket, bool accepted) {
        if (!ranges_.empty()) {
            broker::Confirm& last = ranges_.back();
            if (last.first.connection == ticket.connection &&
                last.first.channel == ticket.channel && last.accepted == accepted &&
                last.last + 1 == ticket.sequence) {
                last.last = ticket.sequence;
                return;
            }
        }
        ranges_.push_back({ticket, ticket.sequence, accepted});
    }
    bool empty() const { return ranges_.empty(); }

    template <typename Send>
    void drain(Send&& send) {
        for (const auto& range : ranges_)
            send(range);
        ranges_.clear();
    }

private:
    std::vector<broker::Confirm> ranges_;
};

}  // namespace warren::cluster
