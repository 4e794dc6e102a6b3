#pragma once
// For tests of checking and repairing: a data folder of one shard on a simulated disk.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/check_data.h"
#include "base/bytes.h"
#include "cluster/metadata_codec.h"
#include "cluster/metadata_state.h"
#include "storage/command_files.h"
#include "storage/engine_recovery.h"
#include "storage/segment.h"
#include "tests/sim/simulated_disk.h"

namespace warren::app {

class CheckDataTest : public ::testing::Test {
protected:
    inline static const std::string data = "data";

    sim::SimulatedDisk disk{1};
    std::string said;

    CheckDataTest() {
        EXPECT_TRUE(disk.create_folder(data));
        write(data + "/format", "format = 1\nshards = 1\nnode = rabbit@here\n");
        EXPECT_TRUE(disk.create_folder(storage::wal_folder(shard())));
        EXPECT_TRUE(disk.create_folder(storage::segments_folder(shard())));
    }

    static std::string shard() { return data + "/shard-0"; }
    static std::string segment() {
        return storage::segment_path(storage::segments_folder(shard()), 1);
    }
    void write(const std::string& path, std::string_view text) {
        EXPECT_TRUE((*disk.open(path, storage::OpenMode::create))->write_at(0, as_bytes(text)));
    }
    void write_commands(std::vector<broker::TopologyCommandBody> bodies) {
        std::vector<std::string> commands;
        for (broker::TopologyCommandBody& body : bodies) {
            const cluster::MetadataCommand command{broker::TopologyCommand{std::move(body)}};
            EXPECT_TRUE(state_.apply(command));
            commands.push_back(cluster::encode(command));
        }
        EXPECT_TRUE(disk.create_folder(data + "/metadata"));
        EXPECT_TRUE(storage::write_snapshot(disk, data + "/metadata", 1, commands));
    }
    const broker::Vhost& vhost() const { return *state_.topology().find_vhost("/"); }

    DataCondition run(bool repair = false) {
        said.clear();
        return check_data({.data_dir = data, .repair = repair, .repair_name = "now"}, disk,
                          [this](const std::string& line) { said += line + "\n"; });
    }
    bool says(std::string_view text) const { return said.find(text) != std::string::npos; }

private:
    cluster::MetadataState state_;
};

}  // namespace warren::app
