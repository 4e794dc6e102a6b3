#include "app/check_data_test_base.h"
#include "broker/message_codec.h"
#include "broker/queue/queue_test_messages.h"

namespace warren::app {
namespace {

using storage::OpenMode;

// A data folder with the queues 'orders' and 'bills', and two messages in each.
class CheckData : public CheckDataTest {
protected:
    CheckData() {
        write_metadata();
        storage::SegmentBuilder builder(1);
        for (const std::uint64_t queue : queues_) {
            builder.begin_queue({queue}, 2);
            for (const std::uint64_t position : {1, 2})
                add_message(builder, position);
        }
        EXPECT_TRUE(builder.write(disk, storage::segments_folder(shard())));
    }

    // The payload of the first message of 'bills', the last queue of the file.
    void damage_a_bill() {
        const auto file = storage::SegmentFile::open(disk, segment());
        disk.flip(segment(), (*file)->summary().runs[1].data_offset);
    }

private:
    // As the topology numbers them.
    void write_metadata() {
        std::vector<broker::TopologyCommandBody> commands{broker::CreateVhost{.name = "/"}};
        for (const auto* name : {"orders", "bills"})
            commands.push_back(broker::DeclareQueue{.vhost = "/", .name = name, .durable = true});
        write_commands(std::move(commands));
        for (const auto* name : {"orders", "bills"})
            queues_.push_back(vhost().find_queue(name)->id().value);
    }
    static void add_message(storage::SegmentBuilder& builder, std::uint64_t position) {
        const auto message = broker::testing::text_message("body");
        const broker::EncodedMessage encoded(*message, 4096);
        storage::EntryHead head;
        head.position = position;
        builder.add({head, encoded.payload(), encoded.body()});
    }

    std::vector<std::uint64_t> queues_;
};

TEST_F(CheckData, calls_a_sound_folder_clean) {
    EXPECT_EQ(run(), DataCondition::clean) << said;
    EXPECT_TRUE(says("metadata: 3 commands\n")) << said;
    EXPECT_TRUE(says("shard-0: 4 messages, ")) << said;
    EXPECT_TRUE(says("no damage\n")) << said;
}

TEST_F(CheckData, names_file_place_and_queue_and_changes_nothing) {
    damage_a_bill();
    EXPECT_EQ(run(), DataCondition::damaged);
    EXPECT_TRUE(says("DAMAGED " + segment() + " at byte ")) << said;
    EXPECT_TRUE(says("costs at most 1 message of queue 'bills' in vhost '/'")) << said;
    EXPECT_TRUE(says("Nothing was changed.")) << said;
    EXPECT_EQ(run(), DataCondition::damaged);
}

TEST_F(CheckData, repairs_and_says_how_the_folder_is_then) {
    damage_a_bill();
    EXPECT_EQ(run(true), DataCondition::clean) << said;
    EXPECT_TRUE(says("Lost at most: 1 message of queue 'bills' in vhost '/'")) << said;
    EXPECT_TRUE(says("checking again")) << said;
    EXPECT_TRUE(says("shard-0: 3 messages, ")) << said;
    EXPECT_TRUE(
        disk.open(data + "/damaged/now/shard-0/segments/0000000000000001.segment", OpenMode::read));
    EXPECT_FALSE(unfinished_repair(disk, data));
    EXPECT_EQ(run(true), DataCondition::clean);
}

TEST_F(CheckData, a_repair_that_was_cut_short_keeps_servers_away_until_another_has_finished) {
    damage_a_bill();
    disk.add_fault({.call = sim::IoCall::rename, .path_part = ".segment", .skip = 1});
    EXPECT_EQ(run(true), DataCondition::unknown);
    EXPECT_TRUE(says("cannot go on: ")) << said;
    ASSERT_TRUE(unfinished_repair(disk, data));
    EXPECT_NE(unfinished_repair(disk, data)->find("--repair"), std::string::npos);
    EXPECT_EQ(run(), DataCondition::damaged);
    EXPECT_TRUE(says("a repair was cut short")) << said;
    EXPECT_EQ(run(true), DataCondition::clean) << said;
    EXPECT_FALSE(unfinished_repair(disk, data));
}

TEST_F(CheckData, does_not_guess_at_damaged_metadata) {
    const std::string snapshot = data + "/metadata/" + (*disk.list(data + "/metadata"))[0].name;
    disk.flip(snapshot, 150);
    EXPECT_EQ(run(), DataCondition::damaged);
    EXPECT_TRUE(says("DAMAGED " + snapshot)) << said;
    EXPECT_EQ(run(true), DataCondition::unknown);
    EXPECT_TRUE(says("the metadata is damaged")) << said;
    EXPECT_FALSE(unfinished_repair(disk, data));
}

TEST_F(CheckData, tells_of_messages_whose_queue_does_not_exist) {
    EXPECT_TRUE(disk.remove(data + "/metadata/" + (*disk.list(data + "/metadata"))[0].name));
    EXPECT_EQ(run(), DataCondition::clean);
    EXPECT_TRUE(says("note: the next start forgets 2 stored items of queue number ")) << said;
}

TEST_F(CheckData, leaves_a_folder_alone_that_a_server_uses) {
    const auto lock = disk.lock(data + "/lock");
    ASSERT_TRUE(lock);
    EXPECT_EQ(run(), DataCondition::unknown);
    EXPECT_TRUE(says("another server is running on the data folder data")) << said;
}

TEST_F(CheckData, refuses_what_is_no_data_folder_or_of_a_newer_version) {
    write(data + "/format", "format = 999\nfancy = 1\n");
    EXPECT_EQ(run(), DataCondition::unknown);
    EXPECT_TRUE(says("made by a newer version")) << said;
    EXPECT_TRUE(disk.remove(data + "/format"));
    EXPECT_EQ(run(), DataCondition::unknown);
    EXPECT_TRUE(says("is not a data folder")) << said;
}

}  // namespace
}  // namespace warren::app
