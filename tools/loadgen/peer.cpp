#include "peer.h"

#include <utility>

namespace loadgen {

Peer::Peer(std::string name, ControlClient& client, PeerContext context)
    : Peer(std::move(name), take_over(client), context) {}

Peer::Peer(std::string name, Handover handover, PeerContext context)
    : run_(context.run),
      tally_(context.tally),
      name_(std::move(name)),
      stream_(handover.fd, std::move(handover.unread)) {}

Peer::Handover Peer::take_over(ControlClient& client) {
    Handover handover;
    handover.fd = client.release(handover.unread);
    return handover;
}

bool Peer::on_general_method(Method method, std::string_view arguments) {
    switch (method) {
        case Method::connection_blocked:
        case Method::connection_unblocked:
            return true;
        case Method::connection_close:
        case Method::channel_close:
            return fail("the broker sent " + method_name(method) + ": " +
                        describe_close(arguments));
        default:
            return fail("the broker sent an unexpected " + method_name(method));
    }
}

bool Peer::fail(const std::string& what) {
    failed_ = true;
    run_.fail(name_ + ": " + what, true);
    return false;
}

bool Peer::flush_out() {
    if (out_.empty()) return true;
    if (!stream_.writable()) return false;
    out_.erase(0, stream_.write(out_));
    return out_.empty();
}

}  // namespace loadgen
