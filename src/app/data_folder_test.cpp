#include "app/data_folder.h"

#include <gtest/gtest.h>

#include "tests/sim/disk_test_support.h"

namespace warren::app {
namespace {

class DataFolderTest : public ::testing::Test {
protected:
    using Opened = Result<DataFolder, std::string>;

    DataFolderTest() { EXPECT_TRUE(disk_.create_folder("data")); }
    Opened open(DataFolderWishes wishes = {.node_name = "rabbit@host", .shards = 2}) {
        return DataFolder::open(disk_, "data", wishes);
    }
    // Opens, finishes and closes a folder.
    void make(DataFolderWishes wishes) {
        auto folder = open(wishes);
        ASSERT_TRUE(folder.has_value()) << folder.error();
        ASSERT_TRUE(folder->finish_new());
    }
    std::string refusal(DataFolderWishes wishes) {
        const auto folder = open(wishes);
        return folder ? "opened" : folder.error();
    }
    std::string refusal_of_format(std::string_view text) {
        sim::write(disk_, "data/format", text);
        return refusal({.node_name = "rabbit@host"});
    }

    sim::SimulatedDisk disk_{1};
};

TEST_F(DataFolderTest, new_folders_get_what_is_wished_for) {
    auto folder = open();
    ASSERT_TRUE(folder.has_value());
    EXPECT_TRUE(folder->is_new());
    EXPECT_EQ(folder->shard_count(), 2u);
    EXPECT_EQ(sim::read(disk_, "data/format"), "-") << "nothing is promised yet";
    EXPECT_TRUE(folder->finish_new());
    EXPECT_FALSE(folder->is_new());
    EXPECT_EQ(sim::read(disk_, "data/format"), "format = 1\nshards = 2\nnode = rabbit@host\n");
}

TEST_F(DataFolderTest, without_a_wish_there_is_a_shard_for_each_processor) {
    const auto folder = open({.node_name = "rabbit@host", .processors = 6});
    ASSERT_TRUE(folder.has_value());
    EXPECT_EQ(folder->shard_count(), 6u);
}

TEST_F(DataFolderTest, folders_keep_their_shards) {
    make({.node_name = "rabbit@host", .shards = 3});
    const auto folder = open({.node_name = "rabbit@host", .processors = 8});
    ASSERT_TRUE(folder.has_value());
    EXPECT_FALSE(folder->is_new());
    EXPECT_EQ(folder->shard_count(), 3u);
    EXPECT_EQ(folder->notes(),
              std::vector<std::string>{"the data folder was made with 3 shards and keeps them, "
                                       "though this machine has 8 processors"});
}

TEST_F(DataFolderTest, other_shards_than_the_folders_are_refused_with_both_ways_out) {
    make({.node_name = "rabbit@host", .shards = 3});
    EXPECT_EQ(refusal({.node_name = "rabbit@host", .shards = 4}),
              "the data folder data was made with 3 shards and the configuration says shards = 4: "
              "either set shards = 3 (or leave it out), or start with an empty data folder and "
              "bring the definitions along");
    EXPECT_EQ(refusal({.node_name = "rabbit@host", .shards = 3}), "opened");
}

TEST_F(DataFolderTest, a_second_server_is_refused) {
    auto first = open();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(refusal({}),
              "another server is running on the data folder data: stop it, or give this one a "
              "folder of its own with --data-dir");
    first = fail(std::string("closed"));
    EXPECT_EQ(refusal({.node_name = "rabbit@host", .shards = 2}), "opened");
}

TEST_F(DataFolderTest, a_server_that_is_about_to_end_is_waited_for) {
    const auto lock_is_held = [&](std::uint64_t looks) {
        disk_.add_fault({.call = sim::IoCall::lock, .times = looks, .code = EWOULDBLOCK});
    };
    lock_is_held(2);
    EXPECT_EQ(refusal({.node_name = "rabbit@host", .patience_ms = 1000}), "opened");
    lock_is_held(1);
    EXPECT_NE(refusal({.node_name = "rabbit@host"}), "opened") << "nobody asked to wait";
}

TEST_F(DataFolderTest, a_node_may_change_its_name) {
    make({.node_name = "rabbit@old", .shards = 2});
    {
        const auto renamed = open({.node_name = "rabbit@new", .shards = 2});
        ASSERT_TRUE(renamed.has_value());
        EXPECT_EQ(renamed->notes(),
                  std::vector<std::string>{
                      "the data folder belonged to node rabbit@old and now belongs to rabbit@new"});
    }
    EXPECT_TRUE(open({.node_name = "rabbit@new", .shards = 2})->notes().empty());
}

TEST_F(DataFolderTest, folders_of_newer_versions_are_refused) {
    EXPECT_EQ(refusal_of_format("format = 2\nvolumes = 7\n"),
              "data/format: the data folder has format 2, made by a newer version; this one knows "
              "format 1");
}

TEST_F(DataFolderTest, damaged_format_files_are_refused) {
    EXPECT_EQ(refusal_of_format(""),
              "data/format: the file has no format and no number of shards: it was cut or damaged");
    EXPECT_EQ(refusal_of_format("format = 1\nshards = two\n"),
              "data/format: line 2 cannot be understood");
    EXPECT_EQ(refusal_of_format("format = 0\nshards = 2\n"),
              "data/format: line 1 cannot be understood");
    const std::string whole = "format = 1\nshards = 2\nnode = rabbit@host\n";
    for (std::size_t kept = 0; kept < whole.find("node"); ++kept)
        if (whole.substr(0, kept) != "format = 1\nshards = 2") {
            EXPECT_NE(refusal_of_format(whole.substr(0, kept)), "opened") << kept;
        }
}

TEST_F(DataFolderTest, a_disk_that_refuses_is_named) {
    disk_.add_fault({.call = sim::IoCall::lock});
    EXPECT_TRUE(refusal({}).contains("data/lock")) << refusal({});
    auto folder = open();
    disk_.add_fault({.call = sim::IoCall::sync, .path_part = "format"});
    const auto finished = folder->finish_new();
    ASSERT_FALSE(finished.has_value());
    EXPECT_TRUE(finished.error().contains("data/format.new")) << finished.error();
    EXPECT_TRUE(folder->is_new());
}

// Whenever the power goes, the folder is new or has its whole format.
TEST(data_folder_crash, finishing_is_all_or_nothing) {
    for (std::uint64_t call = 1; call <= 6; ++call)
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            sim::SimulatedDisk disk(seed);
            ASSERT_TRUE(disk.create_folder("data"));
            const DataFolderWishes wishes{.node_name = "n", .shards = 2};
            bool finished = false;
            {
                auto folder = DataFolder::open(disk, "data", wishes);
                ASSERT_TRUE(folder.has_value());
                disk.crash_at(call);
                finished = folder->finish_new().has_value();
            }
            disk.restart();
            const auto folder = DataFolder::open(disk, "data", wishes);
            ASSERT_TRUE(folder.has_value()) << folder.error();
            if (finished) {
                ASSERT_FALSE(folder->is_new());
            }
            ASSERT_EQ(folder->shard_count(), 2u);
        }
}

}  // namespace
}  // namespace warren::app
