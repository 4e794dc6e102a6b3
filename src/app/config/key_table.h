#pragma once
// Every key that rabbitmq.conf may hold, from the one table that also makes the reference
// (tools/codegen/conf_keys.tsv).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace warren::config {

enum class Kind : std::uint8_t {
    text,
    word,
    secret,
    boolean,
    on_off,
    integer,
    floating,
    fraction,
    byte_size,
    memory_size,
    duration,
    one_of,
    port,
    address_port,
    unix_socket,
    ip_address,
    uri,
    regex,
    readable_file,
    pem_file,
    writable_directory,
    comma_list
};

// One of the alternatives of a key's type.
struct ValueType {
    Kind kind;
    std::int64_t lowest;  // of integer and byte_size
    std::int64_t highest;
    std::span<const std::string_view> words;  // of one_of
};

enum class Status : std::uint8_t {
    works,
    later,     // checked, and answered with a warning: nothing uses it yet
    no_effect  // accepted: what it tunes does not exist here
};

struct KeyRow {
    std::string_view pattern;  // segments separated by dots; $name stands for any one segment
    std::span<const ValueType> types;
    std::string_view documented_default;
    Status status;
    std::string_view alias_of;  // the newer name, or empty
};

struct VariableRow {
    std::string_view name;
    Status status;
};

std::span<const KeyRow> all_keys();
std::span<const VariableRow> all_variables();

// The row whose pattern the key's segments match, the one with the fewest wildcards first; nullptr
// if there is none.
const KeyRow* find_key(std::span<const std::string> segments);

// The known key nearest to an unknown one, its wildcards filled from the unknown one; empty if none
// is near.
std::string nearest_key(std::span<const std::string> segments);

// Names in a pattern: segment by segment, wildcards included.
std::span<const std::string_view> segments_of(const KeyRow& row);

}  // namespace warren::config
