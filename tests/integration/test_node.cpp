#include "tests/integration/test_node.h"

#include "base/ensure.h"
#include "storage/log_engine.h"

namespace warren::test {

bool TestLane::work_off() {
    if (waiting_.empty()) return false;
    auto [work, done] = std::move(waiting_.front());
    waiting_.pop_front();
    work();
    done();
    return true;
}

TestShard::TestShard(TestNode& owner, ShardId shard_id, std::size_t shard_count,
                     const TestStorage* storage)
    : node(owner), id(shard_id), batches_to(shard_count) {
    shard = std::make_unique<cluster::ShardNode>(shard_count, node, sessions, *this, 7 + id.value);
    if (storage != nullptr) {
        storage::LogEngineOptions options;
        options.folder = storage->folder + "/" + std::to_string(id.value);
        auto engine = storage::LogEngine::open(std::move(options), storage->io, log_lane,
                                               store_lane, shard->storage_events());
        ENSURE(engine.has_value());
        shard->use_storage(std::move(*engine), {});
    }
    backend = std::make_unique<auth::InternalBackend>(shard->users());
    access = std::make_unique<auth::AccessControl>(
        shard->users(), auth::AccessSettings{{{backend.get(), {}}}, {"guest"}});
    context =
        std::make_unique<session::SessionContext>(session::SessionContext{*shard,
                                                                          *access,
                                                                          sasl,
                                                                          sessions.traffic(),
                                                                          sessions.exchanges(),
                                                                          sessions.vhosts(),
                                                                          sessions.logins(),
                                                                          session::NodeSettings{},
                                                                          {}});
    context->settings.product_version = "4.3.0";
}

bool TestShard::post(ShardId to, cluster::ShardBatch& batch) {
    ++batches_to[to.value];
    node.shard(to.value).inbox.emplace_back(id, std::move(batch));
    batch.clear();
    return true;
}

TestNode::TestNode(std::size_t shard_count, const TestStorage* storage,
                   std::span<const cluster::MetadataCommand> metadata) {
    for (std::uint16_t index = 0; index < shard_count; ++index) {
        set_this_shard({index});
        shards_.push_back(std::make_unique<TestShard>(*this, ShardId{index}, shard_count, storage));
    }
    const auto guest = auth::hash_password("guest", auth::HashingAlgorithm::sha256, "salt");
    std::vector<cluster::MetadataCommand> commands{
        broker::TopologyCommand{broker::CreateVhost{
            .name = "/", .description = {}, .tags = {}, .default_queue_type = {}, .limits = {}}},
        auth::UserCommand{
            auth::PutUser{"guest", guest, std::vector<std::string>{"administrator"}, false}},
        auth::UserCommand{auth::SetPermissions{"guest", "/", {".*", ".*", ".*"}}}};
    commands.insert(commands.end(), metadata.begin(), metadata.end());
    for (auto& shard : shards_)
        on(*shard, [&] {
            for (const auto& command : commands)
                ENSURE(shard->shard->bootstrap(command).has_value());
            shard->shard->end_bootstrap();
        });
}

TestNode::~TestNode() {
    for (auto& shard : shards_)
        on(*shard, [&] { shard.reset(); });
}

bool TestNode::take_turn(TestShard& shard) {
    bool moved = false;
    while (!shard.inbox.empty()) {
        auto [from, batch] = std::move(shard.inbox.front());
        shard.inbox.pop_front();
        shard.shard->receive(from, std::move(batch));
        moved = true;
    }
    while (shard.log_lane.work_off() || shard.store_lane.work_off())
        moved = true;
    moved |= shard.shard->needs_turn();
    shard.shard->end_turn();
    shard.sessions.for_each([](session::Connection& each) { each.end_turn(); });
    shard.shard->end_turn();
    shard.shard->post();
    return moved;
}

void TestNode::settle() {
    for (bool moved = true; moved;) {
        moved = false;
        for (auto& shard : shards_)
            moved |= on(*shard, [&] { return take_turn(*shard); });
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

}  // namespace warren::test
