// Field tables of any bytes: what is sound can be read in place, decoded, printed and encoded
// again; reading in place and decoding agree.
#include <cstdint>
#include <string>

#include "amqp091/field_table.h"
#include "amqp091/field_text.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::amqp091;

namespace {

void check_field(TableView view, const FieldTable& table, std::string_view name, FieldView field) {
    const auto in_place = view.find(name);
    const FieldValue* decoded = table.find(name);
    ENSURE(in_place.has_value() && decoded != nullptr);
    ENSURE(in_place->type == decoded->type());
    ENSURE(in_place->as_integer() == decoded->as_integer());
    ENSURE(in_place->as_text().has_value() == (decoded->as_text() != nullptr));
    ENSURE(!type_name(field.type).empty());
    ENSURE(!describe(decoded).empty());
    if (field.type == FieldType::array) {
        std::size_t items = 0;
        ArrayView(field).for_each([&](FieldView) { ++items; });
        ENSURE(items == ArrayView(field).decode().size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    const auto view = TableView::check(input);
    if (!view) {
        ENSURE(!describe(view.error()).empty());
        return 0;
    }
    const FieldTable table = view->decode();
    std::size_t fields = 0;
    view->for_each([&](std::string_view name, FieldView field) {
        ++fields;
        // Each costs a search from the start; the first few are as good as all.
        if (fields < 64) check_field(*view, table, name, field);
    });
    ENSURE(fields == table.size());
    const std::string encoded = table.encode();
    ENSURE(encoded.size() == input.size());
    ENSURE(TableView::check(as_bytes(encoded))->decode().encode() == encoded);
    if (!table.empty()) {
        const std::string& name = table.begin()->name;
        const std::string kept = encode_without(*view, name);
        const auto kept_view = TableView::check(as_bytes(kept));
        ENSURE(kept_view.has_value() && !kept_view->find(name));
        ENSURE(kept.size() < input.size());
    }
    return 0;
}
