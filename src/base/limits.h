#pragma once
// Every bound of the broker in one place. What happens at a bound is said beside it and has a test.
#include <cstddef>
#include <cstdint>

namespace warren::limits {

// AMQP 0-9-1: names are short strings. Longer ones cannot be expressed on the wire.
inline constexpr std::size_t short_string_bytes_max = 255;

// RabbitMQ's and AMQP's smallest frame; a client's tune-ok below it ends the connection.
inline constexpr std::uint32_t frame_bytes_min = 4096;
inline constexpr std::uint32_t frame_bytes_default = 131'072;
// Frames before tune-ok: RabbitMQ reads up to its own frame_max; never less than this.
inline constexpr std::uint32_t handshake_frame_bytes_max = 131'072;
// frame_max = 0 means no limit to RabbitMQ; a bound is still needed to keep memory in check.
inline constexpr std::uint32_t frame_bytes_unlimited = 128u << 20;
inline constexpr std::size_t frame_overhead_bytes = 8;  // type, channel, size, end octet

inline constexpr std::uint16_t channels_default = 2047;

// Nested tables and arrays deeper than this are a SYNTAX_ERROR (502): decoding must not exhaust the
// stack.
inline constexpr int field_table_depth_max = 64;

// max_message_size: the default of RabbitMQ 4.x and the most it can be set to.
inline constexpr std::uint64_t message_bytes_default = 16u << 20;
inline constexpr std::uint64_t message_bytes_max = 512u << 20;

// Bodies up to this size are stored inside the message and copied into the output; larger ones are
// written from where they are.
inline constexpr std::size_t inline_body_bytes_max = 4096;

// One socket read. Holds hundreds of small frames; shared by all connections of a shard.
inline constexpr std::size_t read_buffer_bytes = 256u << 10;

// While bodies of this size and more come in, a read takes little beside the rest of the body at
// hand, which it puts where it belongs: what it takes of the next body has to be copied there.
inline constexpr std::size_t direct_body_bytes_min = 32u << 10;
inline constexpr std::size_t direct_body_read_bytes = 16u << 10;

// Output waiting for one socket: above `high` its consumers get no more credit and its own input is
// no longer read, below `low` both resume.
inline constexpr std::size_t output_bytes_high = 4u << 20;
inline constexpr std::size_t output_bytes_low = 1u << 20;

// What is written to sockets in one turn: by one connection, and by all before the others wait for
// the next turn. A megabyte takes a third of a millisecond.
inline constexpr std::size_t written_bytes_per_stream = 1u << 20;
inline constexpr std::size_t written_bytes_per_turn = 2u << 20;

// What a consumer may be sent before its connection has written it to the socket (credit between
// queue and session).
inline constexpr std::uint32_t delivery_window_messages = 16'384;
inline constexpr std::uint32_t delivery_window_bytes = 2u << 20;

// Slots of a mailbox ring; each carries one turn's batch. When full, senders keep their batch and
// stop reading publishers.
inline constexpr std::size_t mailbox_slots = 8;
// A shard whose mail finds a ring full tries again after this time; the receiver is busy meanwhile.
inline constexpr std::int64_t mailbox_retry_ns = 50'000;
// Commands waiting for a full ring before publishers of this shard are no longer read from.
inline constexpr std::size_t outbox_commands_high = 4'096;

// Ready messages of a queue that has consumers: above `high` it is crowded, and until it is below
// `low` its publishers are read from in smaller pieces, with other threads before them, so that who
// consumes gets a turn more often. If it gets overcrowded, a pause follows each of those reads.
// Publishers are not stopped: a queue with a slow consumer is a buffer.
inline constexpr std::size_t crowded_messages_high = 4'096;
inline constexpr std::size_t crowded_messages_low = 1'024;
inline constexpr std::size_t overcrowded_messages_high = 131'072;
inline constexpr std::size_t overcrowded_messages_low = 32'768;
inline constexpr std::int64_t overcrowded_pause_ns = 100'000;
inline constexpr std::size_t crowded_read_messages = 128;
inline constexpr std::size_t crowded_read_bytes_min = 16u << 10;

// Copies that one input's messages put into queues, where each goes to several; what is left of the
// input waits for the next turn.
inline constexpr std::size_t copies_per_input = 1'024;

// Work of one queue in one turn (deliveries, purges, expiries) before others get their chance.
inline constexpr std::size_t queue_work_per_turn = 16'384;

// Changes of the topology, or deletions of queues, that one connection has under way together; the
// rest of its input waits.
inline constexpr std::size_t run_questions_max = 256;
// Changes that are put in order in one turn, and applied by every shard in one of its own: a
// hundred thousand queues may come or go, messages move in between.
inline constexpr std::size_t changes_per_turn = 256;
// So many may be in order that not every shard has applied: one that is behind applies in one turn
// what has gathered.
inline constexpr std::size_t unapplied_changes_max = 2 * changes_per_turn;

// What a queue frees in one turn of messages that were purged, or that a deleted queue held.
inline constexpr std::size_t freed_messages_per_turn = 4'096;
inline constexpr std::size_t freed_bytes_per_turn = 4u << 20;

// Dead letters of one queue on their way. Expiry waits above it, and so does delivery from a queue
// whose next messages have expired.
inline constexpr std::size_t letters_waiting_max = 16'384;

// Longest time to live of a message and longest lease of a queue that RabbitMQ takes: ten years.
// 406 beyond it.
inline constexpr std::uint64_t ttl_ms_max = 315'360'000'000ULL;

// Longest delay of a message at a delayed exchange: ten years. What asks for more waits as long.
inline constexpr std::uint64_t delay_ms_max = ttl_ms_max;

// x-max-priority.
inline constexpr int priority_max = 255;

// A dead letter that must arrive is sent again so long after it was refused, or found no queue.
// RabbitMQ waits three minutes; a target that was just declared or emptied is worth a look sooner.
inline constexpr std::int64_t letter_retry_ms = 10'000;

}  // namespace warren::limits
