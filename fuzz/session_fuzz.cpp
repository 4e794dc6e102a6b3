// A whole broker fed with arbitrary bytes as if from a client: it must answer or close, never
// crash, and free what it held. The first byte chooses how far the handshake has come already, so
// that the fuzzer need not find the way there by itself.
#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "auth/backends/internal.h"
#include "base/ensure.h"
#include "base/log.h"
#include "cluster/shard_node.h"
#include "session/connection.h"
#include "session/session_table.h"

namespace {

using namespace warren;

struct Clock final : TurnClock {
    Now value{{1'000'000}, {1'700'000'000'000}};
    Now now() override { return value; }
};

struct NoOtherShards final : cluster::Interconnect {
    bool post(ShardId, cluster::ShardBatch&) override { return true; }
};

// One shard with the user guest in the vhost "/".
struct Broker {
    Clock clock;
    NoOtherShards others;
    session::SessionTable sessions;
    cluster::ShardNode node{1, clock, sessions, others, 1};
    auth::InternalBackend backend{node.users()};
    auth::AccessControl access{node.users(), auth::AccessSettings{{{&backend, {}}}, {}}};
    auth::SaslRegistry sasl{auth::SaslSettings{}};
    session::SessionContext context{node,
                                    access,
                                    sasl,
                                    sessions.traffic(),
                                    sessions.exchanges(),
                                    sessions.vhosts(),
                                    sessions.logins(),
                                    session::NodeSettings{},
                                    {}};

    Broker() {
        broker::CreateVhost vhost{};
        vhost.name = "/";
        apply(broker::TopologyCommand{vhost});
        auth::PutUser user{};
        user.name = "guest";
        user.password = auth::hash_password("guest", auth::HashingAlgorithm::md5, "salt");
        apply(auth::UserCommand{user});
        apply(auth::UserCommand{auth::SetPermissions{"guest", "/", {".*", ".*", ".*"}}});
    }
    void apply(const cluster::MetadataCommand& command) {
        ENSURE(node.bootstrap(command).has_value());
    }
    void settle() {
        for (int round = 0; round < 50; ++round) {
            node.end_turn();
            sessions.for_each([](session::Connection& each) { each.end_turn(); });
            if (!node.needs_turn()) break;
        }
    }
};

struct Client final : session::ConnectionHost {
    explicit Client(Broker& owner)
        : broker(owner), connection(broker.sessions.next_id(), broker.context, {}, {}, *this) {
        broker.sessions.add(connection);
    }
    ~Client() {
        connection.on_peer_gone("");
        broker.sessions.remove(connection);
        broker.settle();
    }
    void request_attention(session::Connection&) override {}

    void write(std::string_view bytes) {
        unread.append(bytes);
        for (std::size_t before = unread.size() + 1; before != unread.size();) {
            before = unread.size();
            if (connection.wants_input()) unread.erase(0, connection.on_bytes(as_bytes(unread)));
            broker.settle();
            connection.output().clear();
        }
    }
    template <typename Method>
    void send(const Method& method, std::uint16_t channel) {
        std::string frame;
        amqp091::append_method(frame, {channel}, method);
        write(frame);
    }
    void open(int stages) {
        if (stages > 0) write(std::string_view("AMQP\0\0\x9\1", 8));
        if (stages > 1)
            send(amqp091::ConnectionStartOk{.client_properties = {},
                                            .mechanism = "PLAIN",
                                            .response = std::string_view("\0guest\0guest", 12),
                                            .locale = "en_US"},
                 0);
        if (stages > 2) send(amqp091::ConnectionTuneOk{2047, 131'072, 0}, 0);
        if (stages > 3)
            send(amqp091::ConnectionOpen{.virtual_host = "/", .capabilities = {}, .insist = false},
                 0);
        if (stages > 4) send(amqp091::ChannelOpen{}, 1);
    }

    Broker& broker;
    session::Connection connection;
    std::string unread;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    log::set_all_thresholds(log::Level::none);
    Broker broker;
    {
        Client client(broker);
        client.open(data[0] % 6);
        const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
        // In two parts, cut where the first byte says: parts of frames must be kept rightly.
        const std::size_t cut = input.size() * (data[0] / 6) / 43;
        client.write(input.substr(0, cut));
        client.write(input.substr(cut));
        broker.clock.value.instant.ms += 60'000;
        broker.settle();
    }
    ENSURE(broker.sessions.size() == 0);
    broker.node.queues().for_each_awake(
        [](broker::QueueMachine& queue) { queue.check_invariants(); });
    return 0;
}
