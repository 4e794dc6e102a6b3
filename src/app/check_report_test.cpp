#include "app/check_report.h"

#include <gtest/gtest.h>

#include "broker/deduplication/key_log.h"
#include "broker/topology/topology_fixture.h"

namespace warren::app {
namespace {

using storage::Damage;

std::string text_of(const Damage& damage, const LogOwners& owners = {}) {
    std::string text;
    for (const std::string& line : describe(damage, owners))
        text += line + "\n";
    return text;
}

Damage damage_at(std::string path, std::uint64_t offset, std::string what) {
    return {.place = {std::move(path), offset}, .what = std::move(what)};
}

TEST(check_report, names_file_and_place_and_what_it_costs) {
    Damage damage = damage_at("data/shard-0/segments/1.segment", 4096, "the payload is damaged");
    damage.entries[{QueueId{7}, 0}] = 1;
    damage.entries[{}] = 2;
    EXPECT_EQ(
        text_of(damage),
        "DAMAGED data/shard-0/segments/1.segment at byte 4096: the payload is damaged\n"
        "    costs at most 2 messages of a queue that is not known, 1 stored item of queue number "
        "7, which does not exist\n");
}

TEST(check_report, says_when_it_costs_nothing_and_when_nobody_knows) {
    EXPECT_EQ(text_of(damage_at("f", 0, "x")), "DAMAGED f at byte 0: x\n    costs no message\n");
    Damage damage = damage_at("f", 8, "batch 3 is missing");
    damage.bytes = 100;
    damage.more_is_unknown = true;
    EXPECT_EQ(text_of(damage),
              "DAMAGED f at byte 8: batch 3 is missing (100 bytes)\n"
              "    what else was there cannot be told\n");
}

TEST(check_report, tells_of_acknowledgements_and_of_neighbours) {
    Damage damage = damage_at("f", 8, "x");
    damage.places = 3;
    damage.settlements = 1;
    damage.perhaps_of = {QueueId{2}};
    EXPECT_EQ(text_of(damage),
              "DAMAGED f at byte 8: x, and so in 2 places behind\n"
              "    perhaps of queue number 2, which does not exist\n"
              "    1 record of acknowledgements lost: messages that had been consumed may come "
              "back\n");
}

TEST(check_report, calls_queues_by_their_names) {
    broker::TopologyFixture fixture;
    const QueueId orders = fixture.queue("orders").queue;
    LogOwners owners;
    owners.learn(fixture.topology);
    EXPECT_EQ(owners.owner_of(orders), broker::LogOwner::classic_queue);
    EXPECT_EQ(describe(storage::EntryCounts{{{orders, 0}, 1}, {{orders, 9}, 2}}, owners),
              "3 messages of queue 'orders' in vhost '/'");
}

TEST(check_report, calls_keys_by_whose_messages_they_are_of) {
    broker::TopologyFixture fixture;
    const QueueId orders = fixture.queue("orders").queue;
    LogOwners owners;
    owners.learn(fixture.topology);
    const QueueId keys = broker::key_log_of(orders);
    EXPECT_EQ(owners.owner_of(keys), broker::LogOwner::keys);
    EXPECT_EQ(describe(storage::EntryCounts{{{keys, 0}, 2}}, owners),
              "2 de-duplication keys (no message) of queue 'orders' in vhost '/'");
    EXPECT_EQ(owners.owner_of(broker::key_log_of({999})), broker::LogOwner::unknown);
}

TEST(check_report, names_no_more_than_some_queues) {
    storage::EntryCounts counts;
    for (std::uint64_t queue = 1; queue <= 1000; ++queue)
        counts[{QueueId{queue}, 0}] = 1;
    const std::string text = describe(counts, {});
    EXPECT_TRUE(text.ends_with("queue number 10, which does not exist and 990 more")) << text;
    EXPECT_EQ(count_messages(counts, {}), 0u);
}

}  // namespace
}  // namespace warren::app
