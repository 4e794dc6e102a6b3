// Payloads of content header frames: what decodes can be written again, with and without changes,
// and only what was changed differs.
#include <cstdint>
#include <string>

#include "amqp091/content_header.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::amqp091;

namespace {

// Writes the header with one change and compares all other properties.
void check_edit(const ContentHeader& header, const HeaderEdit& edit, Property edited) {
    const std::string payload = edit.encode(header.body_bytes());
    const auto after = ContentHeader::decode(as_bytes(payload));
    ENSURE(after.has_value());
    ENSURE(after->body_bytes() == header.body_bytes());
    for (std::size_t index = 0; index < property_count; ++index) {
        const Property property{static_cast<std::uint8_t>(index)};
        if (property == edited) continue;
        ENSURE(after->has(property) == header.has(property));
        ENSURE(as_text(after->wire(property)) == as_text(header.wire(property)));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    ContentPreamble::of(input);
    const auto header = ContentHeader::decode(input);
    if (!header) {
        ENSURE(!describe(header.error()).empty());
        return 0;
    }
    std::size_t property_bytes = 0;
    for (std::size_t index = 0; index < property_count; ++index)
        property_bytes += header->wire(Property{static_cast<std::uint8_t>(index)}).size();
    ENSURE(ContentHeader::preamble_bytes + 2 + property_bytes <= input.size());
    header->headers().decode();
    check_edit(*header, HeaderEdit(*header).remove(Property::headers), Property::headers);
    check_edit(*header, HeaderEdit(*header).set_text(Property::expiration, "1"),
               Property::expiration);
    check_edit(*header, HeaderEdit(*header).set_timestamp(1), Property::timestamp);
    return 0;
}
