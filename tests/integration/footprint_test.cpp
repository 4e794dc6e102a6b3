// What idle things cost, in bytes that are allocated and not given back, counted: the same in every
// run. The bounds are those of a node with two shards and stand a little above what is needed, so
// that a member that is added to what there is one of for each queue or channel is noticed here.
// Whoever raises one knows that a million queues times a hundred bytes are a hundred megabytes.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "tests/integration/test_client.h"

namespace {
std::int64_t live_bytes = 0;

void* count_in(void* memory) {
    if (memory == nullptr) std::abort();
    live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
    return memory;
}
void count_out(void* memory) {
    if (memory != nullptr) live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
    std::free(memory);
}
}  // namespace

// All others call these.
void* operator new(std::size_t bytes) {
    return count_in(std::malloc(bytes));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto to = static_cast<std::size_t>(alignment);
    return count_in(std::aligned_alloc(to, (bytes + to - 1) / to * to));
}
void operator delete(void* memory) noexcept {
    count_out(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    count_out(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    count_out(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    count_out(memory);
}

namespace warren::test {
namespace {

using namespace amqp091;

constexpr std::int64_t queue_count = 10'000;
constexpr std::int64_t connection_count = 500;

std::string queue_name(std::int64_t number) {
    return "a-queue-with-a-usual-name-" + std::to_string(number);
}

class footprint : public ::testing::Test {
protected:
    // As sessions do for their clients.
    void declare_queues() {
        TestShard& shard = node.shard(0);
        for (std::int64_t number = 0; number < queue_count; ++number) {
            const std::string name = queue_name(number);
            const auto home = static_cast<std::uint16_t>(number % 2);
            node.on(shard, [&] {
                shard.shard->submit({broker::DeclareQueue{.vhost = "/",
                                                          .name = name,
                                                          .durable = true,
                                                          .shard = {home},
                                                          .user = "guest"}},
                                    {}, broker::AnswerWhen::safe);
            });
            if (number % 100 == 99) node.settle();
        }
    }
    void let_rest() {
        for (std::int64_t looks = 0; looks < 2 * queue_count; looks += 512) {
            node.advance_ms(cluster::QueueTable::rest_after_ms);
            for (std::size_t shard = 0; shard < node.shard_count(); ++shard)
                node.on(node.shard(shard), [&] { node.shard(shard).shard->rest_queues(); });
        }
    }
    std::int64_t queue_bytes(std::int64_t before) const {
        const std::int64_t bytes = (live_bytes - before) / queue_count;
        RecordProperty("bytes_per_queue", static_cast<int>(bytes));
        return bytes;
    }

    TestNode node{2};
};

TEST_F(footprint, of_a_queue_that_was_declared) {
    const std::int64_t before = live_bytes;
    declare_queues();
    EXPECT_LE(queue_bytes(before), 500);
}

TEST_F(footprint, of_a_queue_that_has_worked_and_rests) {
    TestClient client(node);
    client.open();
    const std::int64_t before = live_bytes;
    declare_queues();
    for (std::int64_t number = 0; number < queue_count; ++number) {
        const std::string name = queue_name(number);
        client.publish("", name, "a message");
        client.send(BasicGet{.queue = name, .no_ack = false});
        client.expect<BasicGetOk>();
        EXPECT_EQ(client.expect_body(), "a message");
    }
    client.send(BasicAck{.delivery_tag = 0, .multiple = true});
    client.drop();
    let_rest();
    EXPECT_LE(queue_bytes(before), 826);
}

// With what the test's client has for itself.
TEST_F(footprint, of_a_connection_with_two_channels) {
    std::vector<std::unique_ptr<TestClient>> clients;
    const auto open = [&] {
        auto& client = *clients.emplace_back(std::make_unique<TestClient>(node));
        client.open();
        client.send(ChannelOpen{}, 2);
        client.expect<ChannelOpenOk>();
    };
    open();
    clients.reserve(connection_count + 1);
    const std::int64_t before = live_bytes;
    for (std::int64_t number = 0; number < connection_count; ++number)
        open();
    const std::int64_t bytes = (live_bytes - before) / connection_count;
    RecordProperty("bytes_per_connection", static_cast<int>(bytes));
    EXPECT_LE(bytes, 5000);
}

}  // namespace
}  // namespace warren::test
