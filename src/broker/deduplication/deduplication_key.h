#pragma once
// What makes a message the duplicate of another: the value of its header x-deduplication-header,
// kept as a fingerprint of 128 bits. A publisher who could forge a fingerprint would win nothing by
// it: whoever may publish the message may as well publish that header.
//
// Fingerprints are stored, so their making never changes: see docs/internals/deduplication.md.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "amqp091/table_view.h"
#include "broker/message.h"

namespace warren::broker {

struct DeduplicationKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend bool operator==(const DeduplicationKey&, const DeduplicationKey&) = default;
};

// Numbers are compared by value and not by width, texts by their bytes; a number is never the same
// as a text, nor an integer as a fraction. A header without a value (void) is a key like any other.
// Nullopt: there is no such header, and the message is nobody's duplicate.
std::optional<DeduplicationKey> deduplication_key_of(amqp091::TableView headers);
std::optional<DeduplicationKey> deduplication_key_of(const Message& message);

}  // namespace warren::broker
