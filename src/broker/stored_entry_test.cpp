#include "broker/stored_entry.h"

#include <gtest/gtest.h>

#include <map>

#include "broker/message_codec.h"
#include "broker/queue/queue_test_messages.h"
#include "broker/quorum/quorum_command.h"
#include "broker/stream/chunk.h"
#include "broker/stream/stream_entry.h"

namespace warren::broker {
namespace {

constexpr LogOwner owners[] = {LogOwner::classic_queue, LogOwner::quorum_queue, LogOwner::stream,
                               LogOwner::keys};

// Where one kind of entry belongs, and one of these.
struct Sample {
    LogOwner owner;
    std::uint8_t level;
    std::string payload;
};

std::string joined(const std::array<ByteView, 2>& payload) {
    return std::string(as_text(payload[0])) + std::string(as_text(payload[1]));
}

std::string with_zeros(std::string head, std::size_t size) {
    head.resize(size, '\0');
    return head;
}

const MessageRef& message() {
    static const MessageRef made = testing::text_message("body");
    return made;
}

std::string chunk_bytes() {
    Chunk chunk;
    chunk.add({100, 7, 3, 1000, 500, {}});
    return encode_chunk(chunk);
}

std::string raft_bytes() {
    std::string bytes = with_zeros({3, 1}, 8) + with_zeros({5}, 8) + with_zeros({1}, 8);
    QuorumCommand command;
    command.add_enqueued(3, 0, storage::EntryHead::no_deadline, 4);
    append_encoded(command, bytes);
    return bytes;
}

std::map<EntryKind, std::vector<Sample>> samples() {
    const std::string stored = joined(EncodedMessage(*message(), 4096).payload());
    const StreamEntryHead head{.offset = 12, .batch_count = 1, .filter = {}};
    const std::string in_stream = joined(EncodedStreamEntry(head, *message(), 4096).payload());
    return {
        {EntryKind::message,
         {{LogOwner::classic_queue, 0, stored},
          {LogOwner::classic_queue, 255, stored},
          {LogOwner::quorum_queue, 31, stored},
          {LogOwner::stream, 0, in_stream}}},
        {EntryKind::chunk, {{LogOwner::stream, 1, chunk_bytes()}}},
        {EntryKind::raft_entry, {{LogOwner::quorum_queue, 254, raft_bytes()}}},
        {EntryKind::note, {{LogOwner::quorum_queue, 255, with_zeros({2, 1}, 56)}}},
        {EntryKind::deduplication_key, {{LogOwner::keys, 0, with_zeros({4, 1}, 20)}}},
    };
}

bool is_sound(LogOwner owner, std::uint8_t level, std::string_view payload,
              std::uint64_t position = 10) {
    return !fault_of_entry(owner,
                           {{.position = position, .level = level}, as_bytes(payload), ByteView()});
}

TEST(stored_entry, is_sound_where_it_belongs) {
    for (const auto& [kind, of_kind] : samples())
        for (const Sample& sample : of_kind) {
            EXPECT_EQ(kind_of_entry(sample.owner, sample.level), kind);
            EXPECT_TRUE(is_sound(sample.owner, sample.level, sample.payload));
            EXPECT_TRUE(is_sound(LogOwner::unknown, sample.level, sample.payload));
        }
}

TEST(stored_entry, is_sound_nowhere_else) {
    const auto all = samples();
    for (const auto& [kind, of_kind] : all)
        for (const Sample& sample : of_kind)
            for (const auto& [other_kind, of_other_kind] : all)
                for (const Sample& place : of_other_kind) {
                    if (sample.payload == place.payload) continue;
                    EXPECT_FALSE(is_sound(place.owner, place.level, sample.payload))
                        << "kind " << static_cast<int>(kind) << " taken for "
                        << static_cast<int>(other_kind);
                }
}

TEST(stored_entry, has_no_place_at_levels_that_its_owner_does_not_use) {
    for (const auto& [kind, of_kind] : samples())
        for (const Sample& sample : of_kind) {
            EXPECT_FALSE(is_sound(LogOwner::quorum_queue, 32, sample.payload));
            EXPECT_FALSE(is_sound(LogOwner::stream, 2, sample.payload));
            EXPECT_FALSE(is_sound(LogOwner::keys, 1, sample.payload));
        }
}

TEST(stored_entry, that_is_cut_off_is_found) {
    for (const auto& [kind, of_kind] : samples())
        for (const Sample& sample : of_kind)
            for (std::size_t size = 0; size < sample.payload.size(); ++size) {
                const auto cut = std::string_view(sample.payload).substr(0, size);
                EXPECT_FALSE(is_sound(sample.owner, sample.level, cut)) << size;
                EXPECT_FALSE(is_sound(LogOwner::unknown, sample.level, cut)) << size;
            }
}

TEST(stored_entry, of_another_type_or_version_is_found) {
    for (const auto& [kind, of_kind] : samples())
        for (const Sample& sample : of_kind)
            for (const std::size_t at : {0, 1}) {
                std::string damaged = sample.payload;
                damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
                EXPECT_FALSE(is_sound(sample.owner, sample.level, damaged));
                EXPECT_FALSE(is_sound(LogOwner::unknown, sample.level, damaged));
            }
}

TEST(stored_entry, damaged_anywhere_does_no_harm_to_who_looks) {
    for (const auto& [kind, of_kind] : samples())
        for (const Sample& sample : of_kind)
            for (std::size_t at = 0; at < sample.payload.size(); ++at) {
                std::string damaged = sample.payload;
                damaged[at] = static_cast<char>(~damaged[at]);
                for (const LogOwner owner : owners)
                    is_sound(owner, sample.level, damaged);
                // What one owner takes, nobody in particular takes too.
                const bool taken = is_sound(sample.owner, sample.level, damaged);
                EXPECT_LE(taken, is_sound(LogOwner::unknown, sample.level, damaged));
            }
}

TEST(stored_entry, a_chunk_lies_behind_its_messages) {
    EXPECT_TRUE(is_sound(LogOwner::stream, 1, chunk_bytes(), 10));
    EXPECT_FALSE(is_sound(LogOwner::stream, 1, chunk_bytes(), 9));
}

TEST(stored_entry, a_body_that_lies_apart_belongs_to_its_message) {
    const EncodedMessage apart(*message(), 1);
    const std::string payload = joined(apart.payload());
    const storage::EntryHead head{.position = 1};
    EXPECT_FALSE(fault_of_entry(LogOwner::classic_queue, {head, as_bytes(payload), apart.body()}));
    EXPECT_TRUE(fault_of_entry(LogOwner::classic_queue, {head, as_bytes(payload), {}}));
    EXPECT_TRUE(fault_of_entry(LogOwner::classic_queue,
                               {head, as_bytes(payload), as_bytes(std::string_view("other"))}));
}

}  // namespace
}  // namespace warren::broker
