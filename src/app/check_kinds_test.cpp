// Data folders with all kinds of queue and everything that they keep beside messages.
#include <map>

#include "app/check_data_test_base.h"
#include "broker/deduplication/key_log.h"
#include "broker/message_codec.h"
#include "broker/queue/queue_test_messages.h"
#include "broker/quorum/quorum_command.h"
#include "broker/stream/chunk.h"
#include "broker/stream/stream_entry.h"

namespace warren::app {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

FieldTable table(std::vector<std::pair<std::string, FieldValue>> fields) {
    FieldTable made;
    for (auto& [name, value] : fields)
        made.add(name, std::move(value));
    return made;
}

std::string text_value(std::string_view text) {
    return std::string(text);
}

std::string joined(const std::array<ByteView, 2>& payload) {
    return std::string(as_text(payload[0])) + std::string(as_text(payload[1]));
}

std::string with_zeros(std::string head, std::size_t size) {
    head.resize(size, '\0');
    return head;
}

// One entry of each kind, in a segment file with right checksums.
class CheckKinds : public CheckDataTest {
protected:
    struct Place {
        QueueId log;
        std::uint8_t level;
        std::uint64_t position;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    std::map<Place, std::string> entries;

    CheckKinds() {
        declare();
        const auto message = broker::testing::text_message("body");
        const std::string stored = joined(broker::EncodedMessage(*message, 4096).payload());
        const broker::StreamEntryHead head{.offset = 0, .batch_count = 1, .filter = {}};
        broker::Chunk chunk;
        chunk.add({0, 1, 1, 1000, 500, {}});
        std::string raft = with_zeros({3, 1}, 8) + with_zeros({5}, 8) + with_zeros({1}, 8);
        broker::append_encoded(broker::QuorumCommand(), raft);
        const std::string key = with_zeros({4, 1}, 20);

        entries[{queue("plain"), 0, 1}] = stored;
        entries[{queue("tasks"), 4, 1}] = stored;
        entries[{queue("tasks"), 254, 3}] = raft;
        entries[{queue("tasks"), 255, 2}] = with_zeros({2, 1}, 56);
        entries[{queue("events"), 0, 1}] =
            joined(broker::EncodedStreamEntry(head, *message, 4096).payload());
        entries[{queue("events"), 1, 2}] = broker::encode_chunk(chunk);
        entries[{queue("amq.delayed.later"), 0, 1}] = stored;
        entries[{broker::key_log_of(queue("plain")), 0, 1}] = key;
        entries[{broker::key_log_of(unique()), 0, 1}] = key;
    }

    QueueId queue(std::string_view name) const { return vhost().find_queue(name)->id(); }
    QueueId unique() const { return {vhost().find_exchange("unique")->number}; }
    void write_segment() {
        storage::SegmentBuilder builder(1);
        QueueId last;
        for (const auto& [place, payload] : entries) {
            if (std::exchange(last, place.log) != place.log) builder.begin_queue(place.log, 9);
            storage::EntryHead head;
            head.position = place.position;
            head.level = place.level;
            builder.add({head, {as_bytes(payload), {}}, {}});
        }
        EXPECT_TRUE(builder.write(disk, storage::segments_folder(shard())));
    }

private:
    void declare() {
        const auto declare_queue = [](std::string name, const char* type) {
            return broker::DeclareQueue{.vhost = "/",
                                        .name = std::move(name),
                                        .durable = true,
                                        .arguments = table({{"x-queue-type", text_value(type)}})};
        };
        const auto declare_exchange = [](std::string name, std::string type, FieldTable arguments) {
            return broker::DeclareExchange{.vhost = "/",
                                           .name = std::move(name),
                                           .type = std::move(type),
                                           .durable = true,
                                           .arguments = std::move(arguments)};
        };
        write_commands({broker::CreateVhost{.name = "/"}, declare_queue("plain", "classic"),
                        declare_queue("tasks", "quorum"), declare_queue("events", "stream"),
                        declare_exchange("later", "x-delayed-message",
                                         table({{"x-delayed-type", text_value("fanout")}})),
                        declare_exchange("unique", "x-message-deduplication",
                                         table({{"x-cache-size", std::int64_t{10}}}))});
    }
};

TEST_F(CheckKinds, are_sound_as_they_are_written) {
    write_segment();
    EXPECT_EQ(run(), DataCondition::clean) << said;
    EXPECT_TRUE(says("shard-0: 4 messages, ")) << said;
    EXPECT_TRUE(says("9 entries in 1 segments")) << said;
    EXPECT_FALSE(says("forgets")) << said;
    EXPECT_EQ(run(true), DataCondition::clean) << said;
    EXPECT_TRUE(disk.open(segment(), storage::OpenMode::read)) << "set aside though it is sound";
}

TEST_F(CheckKinds, are_told_apart_when_they_are_damaged) {
    for (auto& [place, payload] : entries)
        payload[0] = static_cast<char>(payload[0] ^ 0x40);
    write_segment();
    EXPECT_EQ(run(), DataCondition::damaged);
    for (const auto* cost :
         {"1 message of queue 'plain'", "1 message of queue 'tasks'", "1 message of queue 'events'",
          "1 message of queue 'amq.delayed.later'", "1 Raft record (no message) of queue 'tasks'",
          "1 delivery count (no message) of queue 'tasks'",
          "1 list of up to 4096 messages each of queue 'events'",
          "1 de-duplication key (no message) of queue 'plain'",
          "1 de-duplication key (no message) of exchange 'unique'"})
        EXPECT_TRUE(says(std::string(cost) + " in vhost '/'")) << cost << said;
    EXPECT_TRUE(says("9 places damaged")) << said;
}

TEST_F(CheckKinds, cost_only_themselves_when_one_is_damaged) {
    for (const auto& [damaged, payload] : std::map(entries)) {
        entries[damaged] = "nothing of the kind";
        write_segment();
        EXPECT_EQ(run(true), DataCondition::clean) << said;
        EXPECT_TRUE(says("1 place damaged")) << said;
        EXPECT_TRUE(says("8 entries in 1 segments")) << said;
        EXPECT_TRUE(disk.remove(storage::segment_path(storage::segments_folder(shard()), 2)));
        EXPECT_TRUE(disk.remove(data + "/damaged/now/shard-0/segments/0000000000000001.segment"));
        entries[damaged] = payload;
    }
}

TEST_F(CheckKinds, of_one_kind_are_no_others) {
    std::swap(entries[{queue("plain"), 0, 1}], entries[{queue("events"), 0, 1}]);
    write_segment();
    EXPECT_EQ(run(), DataCondition::damaged);
    EXPECT_TRUE(says("2 places damaged")) << said;
}

}  // namespace
}  // namespace warren::app
