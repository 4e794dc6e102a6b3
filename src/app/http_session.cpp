#include "app/http_session.h"

#include <utility>

#include "app/link_session.h"

namespace warren::app {

HttpSession::HttpSession(http::RequestHandler& handler, const http::ConnectionLimits& limits,
                         runtime::Shard& shard, const net::PeerInfo& peer,
                         net::StreamControl& stream)
    : handler_(handler),
      shard_(shard),
      stream_(stream),
      connection_(*this, limits),
      alive_(std::make_shared<http::Connection*>(&connection_)) {
    peer_.is_loopback = peer.listener == control_listener || peer.peer.is_loopback();
    peer_.is_tls = peer.tls.has_value();
    if (peer.listener == control_listener) return;
    client_address_ = peer.peer.to_text();
    client_host_ = peer.peer.host;
}

void HttpSession::on_request(http::Connection&, http::Request request) {
    request.client_address = client_address_;
    request.client_host = client_host_;
    handler_.handle(std::move(request), peer_,
                    [connection = std::weak_ptr(alive_)](http::Response response) {
                        const auto still_there = connection.lock();
                        if (still_there && !(*still_there)->finished())
                            (*still_there)->respond(std::move(response));
                    });
}

std::unique_ptr<net::ByteSession> HttpSessionFactory::make_session(const net::PeerInfo& peer,
                                                                   net::StreamControl& stream) {
    if (peer.listener == prometheus_listener || peer.listener == prometheus_tls_listener)
        return std::make_unique<HttpSession>(metrics_, api_.settings().metrics.connections, shard_,
                                             peer, stream);
    if (peer.listener == link_listener) return links_.make_session(peer, stream);
    http::Api& api = peer.listener == control_listener ? control_ : api_;
    return std::make_unique<HttpSession>(api, api.settings().connections, shard_, peer, stream);
}

}  // namespace warren::app
