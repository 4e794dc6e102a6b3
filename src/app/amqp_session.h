#pragma once
// An AMQP connection on a socket: joins session::Connection, which knows no socket, to net's
// stream, which knows no AMQP.
#include "app/shard_unit.h"
#include "net/byte_session.h"

namespace warren::app {

// How a certificate gives a user name for EXTERNAL (ssl_cert_login_from and its companions).
std::string login_name_of(const net::PeerCertificate& certificate, const config::Auth& auth);

class AmqpSession final : public net::ByteSession, private session::ConnectionHost {
public:
    AmqpSession(ShardUnit& unit, const net::PeerInfo& peer, const config::Auth& auth,
                net::StreamControl& stream);
    ~AmqpSession() override;

    std::size_t on_bytes(ByteView input) override { return connection_.on_bytes(input); }
    bool wants_input() const override { return connection_.wants_input(); }
    net::ReadPace read_pace() const override {
        return {.bytes_max = connection_.read_bytes_max(),
                .gives_way = connection_.crowding() != broker::Crowding::none,
                .pause_ns = connection_.crowding() == broker::Crowding::overcrowded
                                ? limits::overcrowded_pause_ns
                                : 0};
    }
    std::span<std::byte> direct_room() override { return connection_.direct_room(); }
    void on_direct_bytes(std::size_t bytes) override { connection_.on_direct_bytes(bytes); }
    bool finished() const override { return connection_.finished(); }
    OutputBuffer& output() override { return connection_.output(); }
    void end_turn() override { connection_.end_turn(); }
    bool waits_for_room() const override { return connection_.waits_for_room(); }
    Instant on_tick(Instant last_received, Instant last_sent) override {
        return connection_.on_tick(last_received, last_sent);
    }
    void on_peer_gone(std::string_view how) override { connection_.on_peer_gone(how); }
    void force_close(std::string_view reason) override { connection_.force_close(reason); }

private:
    void request_attention(session::Connection&) override { stream_.request_attention(); }
    session::SocketTraffic socket_traffic() const override {
        const net::StreamStats& stats = stream_.stats();
        return {.received_bytes = stats.received_bytes,
                .sent_bytes = stats.sent_bytes,
                .reads = stats.reads,
                .writes = stats.writes};
    }

    ShardUnit& unit_;
    net::StreamControl& stream_;
    session::Connection connection_;
};

// Makes the sessions of one shard.
class AmqpSessionFactory final : public net::SessionFactory {
public:
    AmqpSessionFactory(ShardUnit& unit, const config::Auth& auth) : unit_(unit), auth_(auth) {}

    std::unique_ptr<net::ByteSession> make_session(const net::PeerInfo& peer,
                                                   net::StreamControl& stream) override {
        return std::make_unique<AmqpSession>(unit_, peer, auth_, stream);
    }

private:
    ShardUnit& unit_;
    const config::Auth& auth_;
};

}  // namespace warren::app
