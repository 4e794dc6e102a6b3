#include "storage/wal_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "storage/little_endian.h"

namespace warren::storage::wal_format {

namespace {

constexpr std::string_view file_magic = "WARREN-W";
constexpr std::uint32_t batch_magic = 0x5441'4257;  // "WBAT"
constexpr std::size_t header_checked_bytes = 56;    // both kinds of headers
constexpr std::uint64_t head_check_mask = 0xffff'0000;
constexpr int head_check_shift = 16;
constexpr std::string_view file_suffix = ".wal";
constexpr std::size_t digit_count = 20;

void seal_header(std::byte* at) {
    store_little_endian<std::uint64_t>(at + header_checked_bytes,
                                       XXH3_64bits(at, header_checked_bytes));
}

bool header_is_sound(const std::byte* at) {
    return load_little_endian<std::uint64_t>(at + header_checked_bytes) ==
           XXH3_64bits(at, header_checked_bytes);
}

// `head` without its check.
std::uint64_t head_check(std::uint64_t head, std::uint64_t seed) {
    return ((head ^ seed) * 0x9e37'79b9'7f4a'7c15ULL) >> 48;
}

// The head is mixed into the seed, so that the payload is hashed where it lies.
std::uint64_t record_checksum(std::uint64_t head, ByteView payload, std::uint64_t seed) {
    return XXH3_64bits_withSeed(payload.data(), payload.size(),
                                seed ^ (head * 0xd6e8'feb8'6659'fd93ULL));
}

}  // namespace

void write_file_header(std::byte* at, const FileHeader& header) {
    std::fill_n(at, file_header_bytes, std::byte{0});
    store_bytes(at, as_bytes(file_magic));
    store_little_endian<std::uint32_t>(at + 8, header.version);
    store_little_endian<std::uint64_t>(at + 16, header.file_number);
    seal_header(at);
}

std::optional<FileHeader> read_file_header(ByteView bytes) {
    if (bytes.size() < file_header_bytes) return std::nullopt;
    const std::byte* const at = bytes.data();
    if (as_text(bytes.first(file_magic.size())) != file_magic || !header_is_sound(at))
        return std::nullopt;
    return FileHeader{.version = load_little_endian<std::uint32_t>(at + 8),
                      .file_number = load_little_endian<std::uint64_t>(at + 16)};
}

void write_batch_header(std::byte* at, const BatchHeader& header) {
    std::fill_n(at, batch_header_bytes, std::byte{0});
    store_little_endian<std::uint32_t>(at, batch_magic);
    store_little_endian<std::uint16_t>(at + 4, header.version);
    store_little_endian<std::uint64_t>(at + 8, header.bytes);
    store_little_endian<std::uint64_t>(at + 16, header.file_number);
    store_little_endian<std::uint64_t>(at + 24, header.batch_number);
    store_little_endian<std::uint64_t>(at + 32, header.synced_through);
    store_little_endian<std::uint32_t>(at + 40, header.records);
    seal_header(at);
}

std::optional<BatchHeader> read_batch_header(ByteView bytes) {
    if (bytes.size() < batch_header_bytes) return std::nullopt;
    const std::byte* const at = bytes.data();
    if (load_little_endian<std::uint32_t>(at) != batch_magic || !header_is_sound(at))
        return std::nullopt;
    const BatchHeader header{.version = load_little_endian<std::uint16_t>(at + 4),
                             .bytes = load_little_endian<std::uint64_t>(at + 8),
                             .file_number = load_little_endian<std::uint64_t>(at + 16),
                             .batch_number = load_little_endian<std::uint64_t>(at + 24),
                             .synced_through = load_little_endian<std::uint64_t>(at + 32),
                             .records = load_little_endian<std::uint32_t>(at + 40)};
    // Checked although the checksum is right: a reader must end and stay inside for any input.
    if (header.bytes < batch_header_bytes || header.bytes % alignment != 0 ||
        header.bytes > INT64_MAX || header.batch_number == 0)
        return std::nullopt;
    return header;
}

bool resembles_batch_header(ByteView bytes, std::uint64_t file_number) {
    return bytes.size() >= 24 && load_little_endian<std::uint32_t>(bytes.data()) == batch_magic &&
           load_little_endian<std::uint64_t>(bytes.data() + 16) == file_number;
}

std::uint64_t record_seed(std::uint64_t file_number, std::uint64_t batch_number) {
    return file_number * 0xa076'1d64'78bd'642fULL ^ batch_number * 0xe703'7ed1'a0b4'28dbULL;
}

std::uint64_t seal_record(std::byte* at, std::uint64_t seed) {
    const auto head = load_little_endian<std::uint64_t>(at) & ~head_check_mask;
    const ByteView payload(at + record_header_bytes, head >> 32);
    store_little_endian(at, head | head_check(head, seed) << head_check_shift);
    store_little_endian(at + 8, record_checksum(head, payload, seed));
    return record_bytes(payload.size());
}

std::optional<Record> read_record_head(ByteView bytes, std::uint64_t seed) {
    if (bytes.size() < record_header_bytes) return std::nullopt;
    const auto stored = load_little_endian<std::uint64_t>(bytes.data());
    const auto head = stored & ~head_check_mask;
    const std::uint64_t payload_bytes = head >> 32;
    if (stored != (head | head_check(head, seed) << head_check_shift) ||
        record_bytes(payload_bytes) > bytes.size())
        return std::nullopt;
    return Record{.type = static_cast<std::uint8_t>(head),
                  .version = static_cast<std::uint8_t>(head >> 8),
                  .payload = bytes.subspan(record_header_bytes, payload_bytes)};
}

bool record_is_sound(const Record& record, ByteView bytes, std::uint64_t seed) {
    const auto head = load_little_endian<std::uint64_t>(bytes.data()) & ~head_check_mask;
    return load_little_endian<std::uint64_t>(bytes.data() + 8) ==
           record_checksum(head, record.payload, seed);
}

std::string file_digits(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digit_count - digits.size(), '0').append(digits);
}

std::optional<std::uint64_t> number_of_digits(std::string_view digits) {
    if (digits.size() != digit_count) return std::nullopt;
    const std::string text(digits);
    const char* const end = text.data() + text.size();
    std::uint64_t number = 0;
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

std::string file_name(std::uint64_t number) {
    return file_digits(number).append(file_suffix);
}

std::optional<std::uint64_t> file_number_of(std::string_view name) {
    if (!name.ends_with(file_suffix)) return std::nullopt;
    return number_of_digits(name.substr(0, name.size() - file_suffix.size()));
}

}  // namespace warren::storage::wal_format
