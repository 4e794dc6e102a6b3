#include "app/http_session.h"

#include <utility>

namespace warren::app {

HttpSession::HttpSession(http::Api& api, runtime::Shard& shard, const net::PeerInfo& peer,
                         net::StreamControl& stream)
    : api_(api),
      shard_(shard),
      stream_(stream),
      connection_(*this, api.settings().connections),
      alive_(std::make_shared<http::Connection*>(&connection_)) {
    peer_.is_loopback = peer.listener == control_listener || peer.peer.is_loopback();
    peer_.is_tls = peer.tls.has_value();
}

void HttpSession::on_request(http::Connection&, http::Request request) {
    api_.handle(std::move(request), peer_,
                [connection = std::weak_ptr(alive_)](http::Response response) {
                    const auto still_there = connection.lock();
                    if (still_there && !(*still_there)->finished())
                        (*still_there)->respond(std::move(response));
                });
}

}  // namespace warren::app
