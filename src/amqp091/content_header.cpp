#include "amqp091/content_header.h"

#include <bit>
#include <optional>

#include "amqp091/raw_writer.h"
#include "base/ensure.h"
#include "base/limits.h"

namespace warren::amqp091 {

namespace {

constexpr std::uint16_t continued_bit = 1;

constexpr std::array all_properties{
    Property::content_type, Property::content_encoding, Property::headers,  Property::delivery_mode,
    Property::priority,     Property::correlation_id,   Property::reply_to, Property::expiration,
    Property::message_id,   Property::timestamp,        Property::type,     Property::user_id,
    Property::app_id,       Property::cluster_id};
static_assert(all_properties.size() == property_count);

constexpr std::size_t index_of(Property property) {
    return static_cast<std::size_t>(property);
}

constexpr unsigned defined_flags = 0xfffc;

// The first property in wire order of a word of flags that is not 0.
Property first_of(unsigned flags) {
    return Property(std::countl_zero(static_cast<std::uint16_t>(flags)));
}

// Moves the reader behind a property; a fault in a headers table is returned, a property that is
// cut off shows in the reader.
std::optional<DecodeFault> skip_property(ByteReader& in, Property property) {
    switch (property) {
        case Property::headers: {
            const ByteView entries = in.long_string();
            if (!in.ok()) return DecodeFault::truncated;
            const auto table = TableView::check(entries);
            return table ? std::nullopt : std::optional(table.error());
        }
        case Property::delivery_mode:
        case Property::priority:
            in.u8();
            return {};
        case Property::timestamp:
            in.u64();
            return {};
        default:
            in.short_string();
            return {};
    }
}

}  // namespace

ContentPreamble ContentPreamble::of(ByteView payload) {
    ByteReader in(payload);
    ContentPreamble preamble;
    preamble.class_id = in.u16();
    preamble.weight = in.u16();
    preamble.body_bytes = in.u64();
    return preamble;
}

Result<ContentHeader, DecodeFault> ContentHeader::decode(ByteView payload) {
    ByteReader in(payload);
    in.bytes(preamble_bytes);
    ContentHeader header;
    header.payload_ = payload;
    header.flags_ = in.u16();
    // Section 4.2.6.1 lets flags go on in further words. Class basic fits into one, so that a
    // further one can only say that there is nothing more.
    for (std::uint16_t word = header.flags_; (word & continued_bit) != 0;) {
        word = in.u16();
        if ((word & ~continued_bit) != 0) return fail(DecodeFault::unknown_property);
    }
    // Most messages have one or two properties: only those that are there are visited.
    for (unsigned left = header.flags_ & defined_flags; left != 0;) {
        const Property property = first_of(left);
        left &= ~unsigned{flag_bit(property)};
        header.starts_[index_of(property)] = static_cast<std::uint32_t>(in.position());
        if (const auto fault = skip_property(in, property)) return fail(*fault);
    }
    if (!in.ok()) return fail(DecodeFault::truncated);
    if (!in.at_end()) return fail(DecodeFault::trailing_bytes);
    return header;
}

std::uint64_t ContentHeader::body_bytes() const {
    return ContentPreamble::of(payload_).body_bytes;
}

ByteView ContentHeader::wire(Property property) const {
    if (!has(property)) return {};
    const std::size_t start = starts_[index_of(property)];
    const unsigned later = flags_ & defined_flags & (flag_bit(property) - 1u);
    const std::size_t end = later == 0 ? payload_.size() : starts_[index_of(first_of(later))];
    return payload_.subspan(start, end - start);
}

std::string_view ContentHeader::text(Property property) const {
    const ByteView bytes = wire(property);
    return bytes.empty() ? std::string_view{} : as_text(bytes.subspan(1));
}

TableView ContentHeader::headers() const {
    const ByteView bytes = wire(Property::headers);
    return bytes.empty() ? TableView{}
                         : TableView::of_checked(bytes.subspan(sizeof(std::uint32_t)));
}

std::uint64_t ContentHeader::timestamp() const {
    const ByteView bytes = wire(Property::timestamp);
    return bytes.empty() ? 0 : load_big_endian<std::uint64_t>(bytes.data());
}

std::uint8_t ContentHeader::octet(Property property) const {
    const ByteView bytes = wire(property);
    return bytes.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(bytes[0]);
}

template <typename Write>
HeaderEdit& HeaderEdit::change(Property property, Write&& write) {
    Change& change = changes_[index_of(property)];
    change.changed = true;
    change.start = static_cast<std::uint32_t>(written_.size());
    write(ByteWriter(written_));
    change.bytes = static_cast<std::uint32_t>(written_.size()) - change.start;
    return *this;
}

HeaderEdit& HeaderEdit::set_text(Property property, std::string_view value) {
    ENSURE(value.size() <= limits::short_string_bytes_max);
    return change(property, [&](ByteWriter out) { out.short_string(value); });
}

HeaderEdit& HeaderEdit::set_headers(const FieldTable& headers) {
    return set_headers(as_bytes(headers.encode()));
}

HeaderEdit& HeaderEdit::set_headers(ByteView entries) {
    return change(Property::headers, [&](ByteWriter out) { out.long_string(as_text(entries)); });
}

HeaderEdit& HeaderEdit::set_delivery_mode(std::uint8_t mode) {
    return change(Property::delivery_mode, [&](ByteWriter out) { out.u8(mode); });
}

HeaderEdit& HeaderEdit::set_priority(std::uint8_t priority) {
    return change(Property::priority, [&](ByteWriter out) { out.u8(priority); });
}

HeaderEdit& HeaderEdit::set_timestamp(std::uint64_t seconds) {
    return change(Property::timestamp, [&](ByteWriter out) { out.u64(seconds); });
}

HeaderEdit& HeaderEdit::remove(Property property) {
    return change(property, [](ByteWriter) {});
}

ByteView HeaderEdit::wire(Property property) const {
    const Change& change = changes_[index_of(property)];
    if (change.changed) return as_bytes(written_).subspan(change.start, change.bytes);
    return original_ != nullptr ? original_->wire(property) : ByteView{};
}

std::string HeaderEdit::encode(std::uint64_t body_bytes) const {
    constexpr std::uint16_t class_basic = 60;
    std::string payload;
    ByteWriter out(payload);
    out.u16(class_basic);
    out.u16(0);  // weight
    out.u64(body_bytes);
    std::uint16_t flags = 0;
    for (const Property property : all_properties)
        if (!wire(property).empty()) flags |= ContentHeader::flag_bit(property);
    out.u16(flags);
    for (const Property property : all_properties)
        out.bytes(wire(property));
    return payload;
}

}  // namespace warren::amqp091
