#include "broker/stream/chunk.h"

#include "base/ensure.h"
#include "storage/little_endian.h"

namespace warren::broker {

using storage::LittleEndianReader;
using storage::store_bytes;
using storage::store_little_endian;
namespace format = stream_format::chunk;

void Chunk::add(const BatchSummary& batch) {
    if (count == 0) {
        first_offset = batch.first_offset;
        first_position = batch.first_position;
        first_timestamp_ms = batch.timestamp_ms;
        filter = batch.filter;
    } else {
        filter.merge(batch.filter);
    }
    last_timestamp_ms = batch.timestamp_ms;
    last_batch_offset = batch.first_offset;
    count += batch.count;
    bytes += batch.bytes;
    ++batches;
}

std::string encode_chunk(const Chunk& chunk) {
    const ByteView filter = chunk.filter.bits();
    ENSURE(filter.size() <= stream_format::filter_bytes_max);
    std::string payload(format::head_bytes + filter.size(), '\0');
    auto* at = reinterpret_cast<std::byte*>(payload.data());
    at = store_little_endian(at, stream_format::type_chunk);
    at = store_little_endian(at, stream_format::version);
    at = store_little_endian(at, static_cast<std::uint8_t>(filter.size()));
    at = store_little_endian(
        at, static_cast<std::uint8_t>(chunk.begins_segment ? format::flag_begins_segment : 0));
    at = store_little_endian(at, chunk.count);
    at = store_little_endian(at, chunk.first_offset);
    at = store_little_endian(at, chunk.first_position);
    at = store_little_endian(at, chunk.first_timestamp_ms);
    at = store_little_endian(at, chunk.last_timestamp_ms);
    at = store_little_endian(at, chunk.last_batch_offset);
    at = store_little_endian(at, chunk.bytes);
    at = store_little_endian(at, chunk.batches);
    at = store_little_endian(at, std::uint32_t{0});
    store_bytes(at, filter);
    return payload;
}

Result<Chunk, std::string> decode_chunk(ByteView payload) {
    LittleEndianReader reader(payload);
    const auto type = reader.read<std::uint8_t>();
    const auto version = reader.read<std::uint8_t>();
    if (!reader.ok() || type != stream_format::type_chunk || version != stream_format::version)
        return fail("chunk of a stream: unknown type or version");
    Chunk chunk;
    const auto filter_bytes = reader.read<std::uint8_t>();
    const auto flags = reader.read<std::uint8_t>();
    chunk.begins_segment = (flags & format::flag_begins_segment) != 0;
    chunk.count = reader.read<std::uint32_t>();
    chunk.first_offset = reader.read<std::uint64_t>();
    chunk.first_position = reader.read<std::uint64_t>();
    chunk.first_timestamp_ms = reader.read<std::int64_t>();
    chunk.last_timestamp_ms = reader.read<std::int64_t>();
    chunk.last_batch_offset = reader.read<std::uint64_t>();
    chunk.bytes = reader.read<std::uint64_t>();
    chunk.batches = reader.read<std::uint32_t>();
    reader.read<std::uint32_t>();
    chunk.filter = BloomFilter::of_bits(reader.bytes(filter_bytes));
    if (!reader.complete()) return fail("chunk of a stream: its length is wrong");
    const bool sound = flags <= format::flag_begins_segment && chunk.count != 0 &&
                       chunk.first_position != 0 && chunk.end_offset() > chunk.first_offset &&
                       chunk.end_position() > chunk.first_position &&
                       chunk.last_batch_offset >= chunk.first_offset &&
                       chunk.last_batch_offset < chunk.end_offset() && chunk.batches != 0 &&
                       chunk.batches <= chunk.count;
    if (!sound) return fail("chunk of a stream: its numbers contradict one another");
    return chunk;
}

}  // namespace warren::broker
