#include "broker/deduplication/queue_keys.h"

#include <gtest/gtest.h>

#include <memory>

#include "amqp091/content_header.h"
#include "amqp091/field_table.h"
#include "broker/queue/queue_disk_model.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using testing::QueueDisk;

MessageRef message(std::string_view key) {
    const std::string header =
        amqp091::HeaderEdit().set_headers(FieldTable{{"x-deduplication-header", key}}).encode(0);
    return Message::make("x", "k", as_bytes(header), {}, {.persistent = true, .has_headers = true});
}

class QueueKeysTest : public ::testing::Test {
protected:
    void open() {
        keys = std::make_unique<QueueKeys>();
        keys->attach([this](auto& owner, auto& restore, auto& restored) {
            return disk.open(owner, restore, {}, restored);
        });
    }
    bool admit(std::string_view key, std::uint64_t position, bool kept = true) {
        return keys->admit(*message(key), position, kept);
    }
    void leave(std::string_view key, std::uint64_t position) {
        keys->leave(*message(key), position);
    }

    QueueDisk disk;
    std::unique_ptr<QueueKeys> keys = std::make_unique<QueueKeys>();
};

TEST_F(QueueKeysTest, the_second_with_a_key_is_a_duplicate_until_the_first_leaves) {
    EXPECT_TRUE(admit("a", 1));
    EXPECT_FALSE(admit("a", 2));
    EXPECT_TRUE(admit("b", 2));
    leave("a", 1);
    EXPECT_TRUE(admit("a", 3));
    EXPECT_EQ(keys->count(), 2u);
}

TEST_F(QueueKeysTest, messages_without_a_key_are_no_duplicates) {
    const std::string header = amqp091::HeaderEdit().encode(0);
    const MessageRef plain = Message::make("x", "k", as_bytes(header), {}, {});
    EXPECT_TRUE(keys->admit(*plain, 1, true));
    EXPECT_TRUE(keys->admit(*plain, 2, true));
    EXPECT_EQ(keys->count(), 0u);
    keys->leave(*plain, 1);
}

// One that came back without its key leaves behind one that is the original by now.
TEST_F(QueueKeysTest, a_message_takes_only_its_own_key_along) {
    EXPECT_TRUE(admit("a", 5));
    leave("a", 1);
    EXPECT_FALSE(admit("a", 6));
}

TEST_F(QueueKeysTest, keys_are_found_again) {
    open();
    EXPECT_TRUE(admit("a", 1));
    EXPECT_TRUE(admit("b", 2));
    EXPECT_TRUE(admit("transient", 3, false));
    EXPECT_TRUE(admit("gone", 4));
    keys->log_pending();
    EXPECT_EQ(disk.entries().size(), 3u);
    leave("gone", 4);
    open();
    EXPECT_EQ(keys->count(), 2u);
    EXPECT_FALSE(admit("a", 5));
    EXPECT_FALSE(admit("b", 5));
    EXPECT_TRUE(admit("transient", 5));
    EXPECT_TRUE(admit("gone", 6));
    leave("a", 1);
    EXPECT_EQ(disk.entries().size(), 1u);
    EXPECT_EQ(keys->last_position(), 4u);
}

TEST_F(QueueKeysTest, what_leaves_in_the_turn_it_came_is_never_logged) {
    open();
    EXPECT_TRUE(admit("a", 1));
    leave("a", 1);
    EXPECT_TRUE(admit("a", 2));
    keys->log_pending();
    EXPECT_EQ(disk.appends(), 1u);
    EXPECT_EQ(disk.entries().begin()->first, 2u);
}

TEST_F(QueueKeysTest, a_purge_leaves_what_is_held_elsewhere) {
    open();
    for (std::uint64_t position = 1; position <= 1000; ++position)
        ASSERT_TRUE(admit(std::to_string(position), position));
    keys->log_pending();
    const std::vector<std::uint64_t> held{3, 500, 1000};
    keys->leave_all_but(held);
    EXPECT_EQ(keys->count(), 3u);
    EXPECT_FALSE(admit("500", 1001));
    EXPECT_TRUE(admit("501", 1001));
    EXPECT_EQ(disk.entries().size(), 3u);
    keys->leave_all_but({});
    EXPECT_EQ(keys->count(), 0u);
    EXPECT_EQ(disk.entries().size(), 0u);
}

// The first had died and was settled here, but the end came before the disk knew.
TEST_F(QueueKeysTest, of_two_with_the_same_key_one_is_kept) {
    open();
    EXPECT_TRUE(admit("a", 1));
    keys->log_pending();
    auto second = disk.entries().at(1);
    second.head.position = 2;
    disk.entries()[2] = second;
    open();
    EXPECT_EQ(keys->count(), 1u);
    EXPECT_EQ(disk.entries().size(), 1u);
    leave("a", 1);
    EXPECT_TRUE(admit("a", 3));
}

TEST_F(QueueKeysTest, deleted_with_the_queue) {
    open();
    keys->remove();
    EXPECT_TRUE(disk.removed());
}

}  // namespace
}  // namespace warren::broker
