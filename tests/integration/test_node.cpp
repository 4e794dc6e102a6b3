#include <gtest/gtest.h>

#include "tests/integration/test_node.h"

namespace warren::test {

using namespace amqp091;

TestShard::TestShard(TestNode& owner, ShardId shard_id, std::size_t shard_count)
    : node(owner), id(shard_id) {
    shard = std::make_unique<cluster::ShardNode>(shard_count, node, sessions, *this, 7 + id.value);
    backend = std::make_unique<auth::InternalBackend>(shard->users());
    access = std::make_unique<auth::AccessControl>(
        shard->users(), auth::AccessSettings{{{backend.get(), {}}}, {"guest"}});
    context = std::make_unique<session::SessionContext>(
        session::SessionContext{*shard, *access, sasl, session::NodeSettings{}, {}});
    context->settings.product_version = "4.3.0";
}

bool TestShard::post(ShardId to, cluster::ShardBatch& batch) {
    node.shard(to.value).inbox.push_back(std::move(batch));
    batch.clear();
    return true;
}

TestNode::TestNode(std::size_t shard_count) {
    for (std::uint16_t index = 0; index < shard_count; ++index) {
        set_this_shard({index});
        shards_.push_back(std::make_unique<TestShard>(*this, ShardId{index}, shard_count));
    }
    const auto guest = auth::hash_password("guest", auth::HashingAlgorithm::sha256, "salt");
    const std::vector<cluster::MetadataCommand> commands{
        broker::TopologyCommand{broker::CreateVhost{
            .name = "/", .description = {}, .tags = {}, .default_queue_type = {}, .limits = {}}},
        auth::UserCommand{
            auth::PutUser{"guest", guest, std::vector<std::string>{"administrator"}, false}},
        auth::UserCommand{auth::SetPermissions{"guest", "/", {".*", ".*", ".*"}}}};
    for (auto& shard : shards_)
        on(*shard, [&] {
            for (const auto& command : commands)
                EXPECT_TRUE(shard->shard->bootstrap(command).has_value());
        });
}

TestNode::~TestNode() {
    for (auto& shard : shards_)
        on(*shard, [&] { shard.reset(); });
}

void TestNode::settle() {
    for (bool moved = true; moved;) {
        moved = false;
        for (auto& shard : shards_)
            on(*shard, [&] {
                while (!shard->inbox.empty()) {
                    auto batch = std::move(shard->inbox.front());
                    shard->inbox.pop_front();
                    shard->shard->receive(std::move(batch));
                    moved = true;
                }
                moved |= shard->shard->needs_turn();
                shard->shard->end_turn();
                shard->sessions.for_each([](session::Connection& each) { each.end_turn(); });
                shard->shard->end_turn();
                shard->shard->post();
            });
        for (auto& shard : shards_)
            moved |= !shard->inbox.empty() || shard->shard->needs_turn();
    }
}

void TestNode::advance_ms(std::int64_t ms) {
    now_.instant = now_.instant.plus_ms(ms);
    now_.wall.ms += ms;
    settle();
}

void TestNode::set_alarm(const std::string& reason) {
    for (auto& shard : shards_)
        on(*shard, [&] {
            shard->context->blocked_reason = reason;
            shard->sessions.for_each(
                [](session::Connection& connection) { connection.on_alarm(); });
        });
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
    for (std::size_t before = 1; before != unread_.size();) {
        before = unread_.size();
        if (connection_->wants_input())
            node_.on(shard_, [&] { unread_.erase(0, connection_->on_bytes(as_bytes(unread_))); });
        node_.settle();
    }
}

void TestClient::publish(std::string_view exchange, std::string_view key, std::string_view body,
                         bool mandatory, std::uint16_t channel) {
    std::string frames;
    append_method(frames, {channel},
                  BasicPublish{.ticket = 0,
                               .exchange = exchange,
                               .routing_key = key,
                               .mandatory = mandatory,
                               .immediate = false});
    append_content_header(frames, {channel}, as_bytes(HeaderEdit().encode(body.size())));
    append_body(frames, {channel}, as_bytes(body), limits::frame_bytes_default);
    write(frames);
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
