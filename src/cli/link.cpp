#include "cli/link.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "auth/link/link_format.h"
#include "auth/link/link_handshake.h"
#include "auth/link/sealed_frames.h"
#include "cli/tls_pipe.h"

namespace warren::cli {

namespace {

using auth::LinkHandshake;

// A node answers a wrong cookie after a second or two.
constexpr std::chrono::milliseconds patience_max{10'000};

class LinkPipe final : public Pipe {
public:
    // `input` came behind the handshake.
    LinkPipe(std::unique_ptr<Pipe> below, const LinkHandshake::Keys& keys, std::string input)
        : below_(std::move(below)),
          sealer_(keys.from_client),
          opener_(keys.from_node),
          input_(std::move(input)) {}

    Result<void, std::string> send(ByteView bytes) override {
        std::string frame;
        while (!bytes.empty()) {
            const ByteView content =
                bytes.first(std::min(bytes.size(), auth::link_format::frame_content_bytes_max));
            frame.resize(auth::FrameSealer::frame_bytes(content.size()));
            if (!sealer_.seal(content, std::as_writable_bytes(std::span(frame))))
                return fail(std::string("OpenSSL does not encrypt"));
            if (auto sent = below_->send(as_bytes(frame)); !sent) return sent;
            bytes = bytes.subspan(content.size());
        }
        return {};
    }

    Result<std::size_t, std::string> receive(std::span<std::byte> into) override {
        while (content_.empty()) {
            const auto taken = opener_.open(as_bytes(input_), content_);
            if (!taken) return fail(std::string("what it sent has been changed on its way"));
            input_.erase(0, *taken);
            if (!content_.empty()) break;
            std::array<std::byte, 65'536> piece;
            const auto bytes = below_->receive(piece);
            if (!bytes || *bytes == 0) return bytes;
            input_.append(as_text(ByteView(piece).first(*bytes)));
        }
        const std::size_t given = std::min(into.size(), content_.size());
        std::memcpy(into.data(), content_.data(), given);
        content_.erase(0, given);
        return given;
    }

    void set_patience(Patience patience) override { below_->set_patience(patience); }

private:
    std::unique_ptr<Pipe> below_;
    auth::FrameSealer sealer_;
    auth::FrameOpener opener_;
    std::string input_;    // sealed
    std::string content_;  // opened, and not given yet
};

std::string words_for(const LinkHandshake& handshake, const LinkPlace& place,
                      const config::ErlangCookie& cookie) {
    using Fault = LinkHandshake::Fault;
    switch (handshake.fault()) {
        case Fault::refused:
        case Fault::wrong_cookie:
            return fmt::format("it has another Erlang cookie than {}", cookie.source);
        case Fault::other_node:
            return fmt::format("the node there is called '{}', not '{}'", handshake.node_name(),
                               place.node_name);
        case Fault::other_version:
            return "it speaks another version of the protocol";
        case Fault::no_cryptography:
            return "OpenSSL here does not know X25519, SHA-256 or AES";
        case Fault::none:
        case Fault::malformed:
            break;
    }
    return "what listens there is no WarrenMQ node, or wants TLS (--tls)";
}

struct Connection {
    std::unique_ptr<Pipe> pipe;
    std::string channel_binding;
};

Result<Connection, std::string> connect(const LinkPlace& place, const std::string& host,
                                        std::chrono::milliseconds patience) {
    auto socket = connect_to_host(host, place.port, patience);
    if (!socket) return fail(std::move(socket.error()));
    (*socket)->set_patience(patience);
    if (!place.tls) return Connection{std::move(*socket), {}};
    auto tls = TlsPipe::open(std::move(*socket), place.tls_settings);
    if (!tls) return fail(fmt::format("{}:{}: {}", host, place.port, tls.error()));
    std::string binding = (*tls)->channel_binding();
    return Connection{std::move(*tls), std::move(binding)};
}

Result<std::unique_ptr<Pipe>, std::string> shake_hands(Connection connection,
                                                       const LinkPlace& place,
                                                       const config::ErlangCookie& cookie) {
    const auto entropy = auth::fresh_link_entropy();
    if (!entropy) return fail(std::string("there is no randomness"));
    LinkHandshake handshake({.role = LinkHandshake::Role::client,
                             .cookie = cookie.text,
                             .node_name = place.node_name,
                             .channel_binding = std::move(connection.channel_binding)},
                            *entropy);
    std::string output;
    std::string input;
    handshake.begin(output);
    while (handshake.state() == LinkHandshake::State::under_way) {
        if (auto sent = connection.pipe->send(as_bytes(output)); !sent) return fail(sent.error());
        output.clear();
        std::array<std::byte, 1024> piece;
        const auto bytes = connection.pipe->receive(piece);
        if (!bytes) return fail(bytes.error());
        if (*bytes == 0) break;
        input.append(as_text(ByteView(piece).first(*bytes)));
        input.erase(0, handshake.on_bytes(as_bytes(input), output));
    }
    if (handshake.state() != LinkHandshake::State::done)
        return fail(words_for(handshake, place, cookie));
    return std::make_unique<LinkPipe>(std::move(connection.pipe), handshake.keys(),
                                      std::move(input));
}

}  // namespace

Result<std::unique_ptr<Pipe>, std::string> open_link(const LinkPlace& place, Patience patience) {
    const auto cookie = config::find_cookie(place.cookie);
    if (!cookie) return fail(cookie.error());
    if (!*cookie)
        return fail(fmt::format(
            "there is no Erlang cookie to ask by TCP with: none in {}, and none is given by "
            "--erlang-cookie or RABBITMQ_ERLANG_COOKIE",
            fmt::join(config::cookie_files(place.cookie), " or ")));
    const auto wait = std::min(patience.value_or(patience_max), patience_max);
    std::string why;
    for (const std::string& host : place.hosts) {
        auto connection = connect(place, host, wait);
        if (!connection) {
            if (why.empty()) why = std::move(connection.error());
            continue;
        }
        auto link = shake_hands(std::move(*connection), place, **cookie);
        if (link) return link;
        return fail(fmt::format("TCP to {} at port {}: {}", host, place.port, link.error()));
    }
    return fail(std::move(why));
}

}  // namespace warren::cli
