#include "app/check_data.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "broker/message_codec.h"
#include "cluster/metadata_codec.h"
#include "cluster/metadata_state.h"
#include "storage/command_files.h"
#include "storage/engine_recovery.h"
#include "storage/segment.h"
#include "tests/sim/simulated_disk.h"

namespace warren::app {
namespace {

using storage::OpenMode;

const std::string data = "data";

// A data folder with the queues 'orders' and 'bills', and two messages in each.
class CheckData : public ::testing::Test {
protected:
    sim::SimulatedDisk disk{1};
    std::string said;

    CheckData() {
        EXPECT_TRUE(disk.create_folder(data));
        write(data + "/format", "format = 1\nshards = 1\nnode = rabbit@here\n");
        write_metadata();
        EXPECT_TRUE(disk.create_folder(storage::wal_folder(shard())));
        EXPECT_TRUE(disk.create_folder(storage::segments_folder(shard())));
        storage::SegmentBuilder builder(1);
        for (const std::uint64_t queue : queues_) {
            builder.begin_queue({queue}, 2);
            for (const std::uint64_t position : {1, 2})
                add_message(builder, position);
        }
        EXPECT_TRUE(builder.write(disk, storage::segments_folder(shard())));
    }

    static std::string shard() { return data + "/shard-0"; }
    static std::string segment() {
        return storage::segment_path(storage::segments_folder(shard()), 1);
    }
    void write(const std::string& path, std::string_view text) {
        EXPECT_TRUE((*disk.open(path, OpenMode::create))->write_at(0, as_bytes(text)));
    }
    // The payload of the first message of 'bills', the last queue of the file.
    void damage_a_bill() {
        const auto file = storage::SegmentFile::open(disk, segment());
        disk.flip(segment(), (*file)->summary().runs[1].data_offset);
    }
    DataCondition run(bool repair = false) {
        said.clear();
        return check_data({.data_dir = data, .repair = repair, .repair_name = "now"}, disk,
                          [this](const std::string& line) { said += line + "\n"; });
    }
    bool says(std::string_view text) const { return said.find(text) != std::string::npos; }

private:
    // As the topology numbers them.
    void write_metadata() {
        cluster::MetadataState state;
        std::vector<std::string> commands;
        const auto add = [&](broker::TopologyCommandBody body) {
            const cluster::MetadataCommand command{broker::TopologyCommand{std::move(body)}};
            EXPECT_TRUE(state.apply(command));
            commands.push_back(cluster::encode(command));
        };
        add(broker::CreateVhost{.name = "/"});
        for (const auto* name : {"orders", "bills"})
            add(broker::DeclareQueue{.vhost = "/", .name = name, .durable = true});
        for (const auto* name : {"orders", "bills"})
            queues_.push_back(state.topology().find_vhost("/")->find_queue(name)->id().value);
        EXPECT_TRUE(disk.create_folder(data + "/metadata"));
        EXPECT_TRUE(storage::write_snapshot(disk, data + "/metadata", 1, commands));
    }
    static void add_message(storage::SegmentBuilder& builder, std::uint64_t position) {
        std::string header;
        ByteWriter out(header);
        out.u16(60);  // basic
        out.u16(0);
        out.u64(4);  // bytes of the body
        out.u16(0);  // no properties
        const auto message =
            broker::Message::make("", "key", as_bytes(header), as_bytes(std::string_view("body")),
                                  broker::MessageTraits{});
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
    EXPECT_TRUE(says("note: the next start forgets 2 messages of queue number ")) << said;
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
