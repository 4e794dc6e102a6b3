#include "tests/integration/test_client.h"

namespace warren::test {

using namespace amqp091;

std::string publish_frames(const BasicPublish& method, std::string_view body,
                           const HeaderEdit& header, std::uint16_t channel,
                           std::uint32_t frame_bytes) {
    std::string frames;
    append_method(frames, {channel}, method);
    append_content_header(frames, {channel}, as_bytes(header.encode(body.size())));
    append_body(frames, {channel}, as_bytes(body), frame_bytes);
    return frames;
}

TestClient::TestClient(TestNode& node, std::size_t shard_index)
    : node_(node), shard_(node.shard(shard_index)) {
    node_.on(shard_, [&] {
        connection_ = std::make_unique<session::Connection>(
            shard_.sessions.next_id(), *shard_.context,
            auth::Peer{.is_loopback = true,
                       .is_tls = false,
                       .has_certificate = false,
                       .certificate_name = {}},
            session::Endpoints{"127.0.0.1", 40000, "127.0.0.1", 5672}, *this);
        shard_.sessions.add(*connection_);
    });
}

TestClient::~TestClient() {
    drop();
}

void TestClient::drop() {
    if (!connection_) return;
    node_.on(shard_, [&] {
        connection_->on_peer_gone("test is over");
        shard_.sessions.remove(*connection_);
        connection_.reset();
    });
    node_.settle();
}

void TestClient::open() {
    write(std::string_view("AMQP\0\0\x9\1", 8));
    expect<ConnectionStart>();
    const FieldTable capabilities{{"connection.blocked", true}};
    const std::string properties = FieldTable{{"capabilities", capabilities}}.encode();
    send(ConnectionStartOk{.client_properties = TableView::of_checked(as_bytes(properties)),
                           .mechanism = "PLAIN",
                           .response = std::string_view("\0guest\0guest", 12),
                           .locale = "en_US"},
         0);
    const auto tune = expect<ConnectionTune>();
    send(ConnectionTuneOk{tune.channel_max, tune.frame_max, 0}, 0);
    send(ConnectionOpen{.virtual_host = "/", .capabilities = {}, .insist = false}, 0);
    expect<ConnectionOpenOk>();
    send(ChannelOpen{});
    expect<ChannelOpenOk>();
}

void TestClient::write(std::string_view bytes) {
    unread_.append(bytes);
    // As the socket's owner does: offer what is unread until the session takes no more.
    for (std::size_t before = unread_.size() + 1; before != unread_.size();) {
        before = unread_.size();
        if (!unread_.empty() && connection_->wants_input())
            node_.on(shard_, [&] { unread_.erase(0, connection_->on_bytes(as_bytes(unread_))); });
        node_.settle();
    }
}

void TestClient::publish(std::string_view exchange, std::string_view key, std::string_view body,
                         bool mandatory, std::uint16_t channel) {
    write(publish_frames({.exchange = exchange, .routing_key = key, .mandatory = mandatory}, body,
                         {}, channel));
}

void TestClient::collect() {
    if (!connection_) return;
    auto& output = connection_->output();
    iovec pieces[16];
    while (const std::size_t count = output.gather(pieces)) {
        std::size_t bytes = 0;
        for (std::size_t n = 0; n < count; ++n) {
            arrived_.append(static_cast<const char*>(pieces[n].iov_base), pieces[n].iov_len);
            bytes += pieces[n].iov_len;
        }
        output.consume(bytes);
    }
}

bool TestClient::idle() {
    node_.settle();
    collect();
    return taken_ == arrived_.size();
}

ReceivedFrame TestClient::receive() {
    node_.settle();
    collect();
    const FrameReader reader(limits::frame_bytes_default);
    const auto step = reader.next(as_bytes(arrived_).subspan(taken_));
    if (step.kind != FrameStep::Kind::frame) {
        ADD_FAILURE() << "no frame from the broker; " << arrived_.size() - taken_
                      << " bytes unread";
        return {FrameType::method, {}, std::string(4, '\0')};
    }
    taken_ += step.frame.total_bytes();
    return {step.frame.type, step.frame.channel, std::string(as_text(step.frame.payload))};
}

std::string TestClient::expect_body() {
    const auto header = receive();
    EXPECT_EQ(header.type, FrameType::header);
    const auto bytes = ContentPreamble::of(as_bytes(header.payload)).body_bytes;
    std::string body;
    while (body.size() < bytes) {
        const auto frame = receive();
        EXPECT_EQ(frame.type, FrameType::body);
        if (frame.type != FrameType::body) break;
        body += frame.payload;
    }
    return body;
}

}  // namespace warren::test
