#pragma once
// An HTTP connection on a socket: joins http::Connection, which knows no socket, to net's stream,
// which knows no HTTP.
#include <memory>

#include "app/network_settings.h"
#include "auth/peer.h"
#include "http/api.h"
#include "http/connection.h"
#include "net/byte_session.h"
#include "runtime/shard.h"

namespace warren::app {

class HttpSession final : public net::ByteSession, private http::ConnectionHost {
public:
    // Handler and limits outlive it.
    HttpSession(http::RequestHandler& handler, const http::ConnectionLimits& limits,
                runtime::Shard& shard, const net::PeerInfo& peer, net::StreamControl& stream);

    std::size_t on_bytes(ByteView input) override { return connection_.on_bytes(input); }
    bool wants_input() const override { return connection_.wants_input(); }
    bool finished() const override { return connection_.finished(); }
    OutputBuffer& output() override { return connection_.output(); }
    void end_turn() override { connection_.end_turn(); }
    bool waits_for_room() const override { return connection_.waits_for_room(); }
    Instant on_tick(Instant last_received, Instant last_sent) override {
        return connection_.on_tick(shard_.now().instant, last_received, last_sent);
    }
    void on_peer_gone(std::string_view) override { connection_.on_peer_gone(); }
    void force_close(std::string_view) override { connection_.stop(); }

private:
    void on_request(http::Connection& connection, http::Request request) override;
    void request_attention(http::Connection&) override { stream_.request_attention(); }

    http::RequestHandler& handler_;
    runtime::Shard& shard_;
    net::StreamControl& stream_;
    auth::Peer peer_;
    std::string client_address_;
    std::string client_host_;
    http::Connection connection_;
    // Answers that come when the connection has gone find it empty.
    std::shared_ptr<http::Connection*> alive_;
};

class LinkDoor;

class HttpSessionFactory final : public net::SessionFactory {
public:
    // `control` answers those who come by the control socket, `metrics` those on its listeners,
    // `links` lets those in who come by the port for command lines.
    HttpSessionFactory(http::Api& api, http::Api& control, http::RequestHandler& metrics,
                       LinkDoor& links, runtime::Shard& shard)
        : api_(api), control_(control), metrics_(metrics), links_(links), shard_(shard) {}

    std::unique_ptr<net::ByteSession> make_session(const net::PeerInfo& peer,
                                                   net::StreamControl& stream) override;

private:
    http::Api& api_;
    http::Api& control_;
    http::RequestHandler& metrics_;
    LinkDoor& links_;
    runtime::Shard& shard_;
};

}  // namespace warren::app
