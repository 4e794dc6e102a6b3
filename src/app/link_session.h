#pragma once
// Command lines of other machines: a connection at the port for them is a link (auth/link), and
// inside of that, once both sides have shown that they know the cookie, the HTTP API as it is
// served by the control socket. On the observer's shard.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/http_session.h"
#include "auth/link/link_handshake.h"
#include "auth/link/sealed_frames.h"
#include "http/api.h"
#include "net/byte_session.h"
#include "runtime/shard.h"

namespace warren::app {

struct LinkSettings {
    std::string cookie;
    std::string node_name;
    std::int64_t handshake_ms_max = 10'000;
    // Before somebody with a wrong cookie is told so, and can try the next one.
    std::int64_t refusal_delay_ms = 1000;
};

// Connections that have not shown the cookie yet, shaking hands by TLS included, or are refused;
// more are closed at once.
inline constexpr std::uint32_t link_strangers_max = 32;

class LinkSession;

// Lets links in. Outlives them.
class LinkDoor {
public:
    // `control` is the API for the node's owner.
    LinkDoor(http::Api& control, runtime::Shard& shard, LinkSettings settings)
        : control_(control), shard_(shard), settings_(std::move(settings)) {}
    LinkDoor(const LinkDoor&) = delete;
    LinkDoor& operator=(const LinkDoor&) = delete;

    // Null: there is no randomness.
    std::unique_ptr<net::ByteSession> make_session(const net::PeerInfo& peer,
                                                   net::StreamControl& stream);

private:
    friend class LinkSession;

    http::Api& control_;
    runtime::Shard& shard_;
    LinkSettings settings_;
};

class LinkSession final : public net::ByteSession {
public:
    LinkSession(LinkDoor& door, const net::PeerInfo& peer, net::StreamControl& stream,
                const auth::LinkEntropy& entropy);

    std::size_t on_bytes(ByteView input) override;
    bool wants_input() const override;
    bool finished() const override;
    OutputBuffer& output() override { return output_; }
    void end_turn() override;
    bool waits_for_room() const override;
    Instant on_tick(Instant last_received, Instant last_sent) override;
    void on_peer_gone(std::string_view how) override;
    void force_close(std::string_view reason) override;

private:
    enum class Stage : std::uint8_t { handshake, refusing, open, closed };

    Instant now() const { return door_.shard_.now().instant; }
    std::size_t shake_hands(ByteView input);
    std::size_t open_frames(ByteView input);
    void open_session();
    void refuse(std::string answer);
    void note_wrong_cookie() const;
    void close(std::string_view why);
    // Gives the API's connection what it has not taken yet.
    void feed();
    void seal_output();

    LinkDoor& door_;
    net::StreamControl& stream_;
    const net::PeerInfo peer_;
    auth::LinkHandshake handshake_;
    Stage stage_ = Stage::handshake;
    Instant deadline_;    // of the handshake; then, of saying no
    std::string answer_;  // the no
    // Once open.
    std::optional<auth::FrameOpener> opener_;
    std::optional<auth::FrameSealer> sealer_;
    std::string content_;  // opened, and not taken yet
    std::unique_ptr<HttpSession> session_;
    OutputBuffer output_;
};

}  // namespace warren::app
