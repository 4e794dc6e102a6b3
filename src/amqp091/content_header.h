#pragma once
// Content headers (AMQP 0-9-1, section 4.2.6.1) stay the bytes they arrived in. A ContentHeader
// checks them in one pass and remembers where each property lies; a HeaderEdit makes a new header
// in which some properties differ and every other byte is as it was.
//
//   class u16 | weight u16 | body size u64 | flags u16 ... | properties in flag order
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "amqp091/decode_fault.h"
#include "amqp091/field_table.h"
#include "amqp091/table_view.h"
#include "base/bytes.h"
#include "base/result.h"

namespace warren::amqp091 {

// Properties of class basic in wire order; property n has flag bit 15 - n.
enum class Property : std::uint8_t {
    content_type,
    content_encoding,
    headers,
    delivery_mode,
    priority,
    correlation_id,
    reply_to,
    expiration,
    message_id,
    timestamp,
    type,
    user_id,
    app_id,
    cluster_id,
};
inline constexpr std::size_t property_count = 14;

// Class, weight and body size come before anything is known of the properties: frames of a wrong
// class or weight are answered before the properties are looked at.
struct ContentPreamble {
    std::uint16_t class_id = 0;
    std::uint16_t weight = 0;
    std::uint64_t body_bytes = 0;

    // Of the payload of a header frame, which has at least twelve bytes.
    static ContentPreamble of(ByteView payload);
};

class ContentHeader {
public:
    static constexpr std::size_t preamble_bytes = 12;

    // Checks everything, a headers table included. Borrows the payload.
    static Result<ContentHeader, DecodeFault> decode(ByteView payload);

    ByteView payload() const { return payload_; }
    std::uint64_t body_bytes() const;
    bool has(Property property) const { return (flags_ & flag_bit(property)) != 0; }
    // Any property but headers, delivery mode, priority and timestamp; empty when absent.
    std::string_view text(Property property) const;
    // A property's bytes on the wire, lengths included; empty when absent.
    ByteView wire(Property property) const;
    TableView headers() const;
    std::uint8_t delivery_mode() const { return octet(Property::delivery_mode); }  // 0 when absent
    std::uint8_t priority() const { return octet(Property::priority); }            // 0 when absent
    std::uint64_t timestamp() const;  // seconds since 1970; 0 when absent
    std::string_view correlation_id() const { return text(Property::correlation_id); }
    std::string_view reply_to() const { return text(Property::reply_to); }
    std::string_view expiration() const { return text(Property::expiration); }
    std::string_view message_id() const { return text(Property::message_id); }
    std::string_view user_id() const { return text(Property::user_id); }

    static constexpr std::uint16_t flag_bit(Property property) {
        return static_cast<std::uint16_t>(0x8000u >> static_cast<unsigned>(property));
    }

private:
    std::uint8_t octet(Property property) const;

    ByteView payload_;
    std::uint16_t flags_ = 0;
    // Where each present property starts; its end is the start of the next one present.
    std::array<std::uint32_t, property_count> starts_{};
};

// Collects changes to a header and writes the new one. Starts from a decoded header, which must
// outlive it, or from nothing.
class HeaderEdit {
public:
    HeaderEdit() = default;
    explicit HeaderEdit(const ContentHeader& original) : original_(&original) {}

    HeaderEdit& set_text(Property property, std::string_view value);
    HeaderEdit& set_headers(const FieldTable& headers);
    // Entries of a table in wire form, without their length.
    HeaderEdit& set_headers(ByteView entries);
    HeaderEdit& set_delivery_mode(std::uint8_t mode);
    HeaderEdit& set_priority(std::uint8_t priority);
    HeaderEdit& set_timestamp(std::uint64_t seconds);
    HeaderEdit& remove(Property property);

    // The payload of a content header frame.
    std::string encode(std::uint64_t body_bytes) const;

private:
    struct Change {
        bool changed = false;
        std::uint32_t start = 0;  // of the new wire bytes in written_
        std::uint32_t bytes = 0;  // 0: the property is removed
    };

    template <typename Write>
    HeaderEdit& change(Property property, Write&& write);
    ByteView wire(Property property) const;

    const ContentHeader* original_ = nullptr;
    std::array<Change, property_count> changes_{};
    std::string written_;
};

}  // namespace warren::amqp091
