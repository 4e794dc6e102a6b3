#include "amqp091/field_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "amqp091/codec_test_support.h"
#include "base/limits.h"

namespace warren::amqp091 {
namespace {

using namespace test;

// From memory of exactly that size, so that the sanitizer sees a read past its end.
Result<TableView, DecodeFault> check_exact(std::vector<char>& memory, std::string_view entries) {
    memory.assign(entries.begin(), entries.end());
    return TableView::check(as_bytes({memory.data(), memory.size()}));
}

DecodeFault fault_of(std::string_view entries) {
    std::vector<char> memory;
    const auto checked = check_exact(memory, entries);
    EXPECT_FALSE(checked.has_value());
    return checked ? DecodeFault{} : checked.error();
}

std::vector<std::string> names_of(const FieldTable& table) {
    std::vector<std::string> names;
    for (const Field& field : table)
        names.push_back(field.name);
    return names;
}

TEST(FieldTable, wire_form_of_every_type) {
    const auto wire_of = [](FieldValue value) {
        std::string wire;
        value.append_to(wire);
        return wire;
    };
    EXPECT_EQ(wire_of(true), "t\x01");
    EXPECT_EQ(wire_of(std::int8_t{-1}), "b\xff");
    EXPECT_EQ(wire_of(std::uint8_t{1}), "B\x01");
    EXPECT_EQ(wire_of(std::int16_t{-2}), "s\xff\xfe");
    EXPECT_EQ(wire_of(std::uint16_t{2}), "u\0\x02"_bytes);
    EXPECT_EQ(wire_of(std::int32_t{-2}), "I\xff\xff\xff\xfe");
    EXPECT_EQ(wire_of(std::uint32_t{2}), "i\0\0\0\x02"_bytes);
    EXPECT_EQ(wire_of(std::int64_t{2}), "l\0\0\0\0\0\0\0\x02"_bytes);
    EXPECT_EQ(wire_of(1.0F), "f\x3f\x80\0\0"_bytes);
    EXPECT_EQ(wire_of(1.0), "d\x3f\xf0\0\0\0\0\0\0"_bytes);
    EXPECT_EQ(wire_of(Decimal{2, 314}), "D\x02\0\0\x01\x3a"_bytes);
    EXPECT_EQ(wire_of("ab"),
              "S\0\0\0\x02"
              "ab"_bytes);
    EXPECT_EQ(wire_of(ByteArray{"ab"}),
              "x\0\0\0\x02"
              "ab"_bytes);
    EXPECT_EQ(wire_of(Timestamp{2}), "T\0\0\0\0\0\0\0\x02"_bytes);
    EXPECT_EQ(wire_of(FieldTable{{"k", FieldValue(true)}}), "F\0\0\0\x04\x01kt\x01"_bytes);
    EXPECT_EQ(wire_of(FieldArray{FieldValue(true), FieldValue()}), "A\0\0\0\x03t\x01V"_bytes);
    EXPECT_EQ(wire_of({}), "V");
}

TEST(FieldTable, decode_encode_decode_agrees) {
    const FieldTable table = table_of_every_type();
    const std::string wire = table.encode();
    const auto view = TableView::check(as_bytes(wire));
    ASSERT_TRUE(view.has_value());
    const FieldTable decoded = view->decode();
    EXPECT_EQ(decoded, table);
    EXPECT_EQ(decoded.encode(), wire);
}

TEST(FieldTable, both_tags_of_64_bit_integers_decode_and_one_is_written) {
    const auto wire = "\x01kL\0\0\0\0\0\0\0\x05"_bytes;
    const auto view = TableView::check(as_bytes(wire));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->find("k")->as_integer(), 5);
    EXPECT_EQ(view->decode().encode(), "\x01kl\0\0\0\0\0\0\0\x05"_bytes);
}

TEST(FieldTable, any_other_bool_octet_is_true) {
    const auto wire = "\x01kt\x07"_bytes;
    EXPECT_EQ(TableView::check(as_bytes(wire))->find("k")->as_bool(), true);
}

TEST(FieldTable, truncation_is_found_at_every_byte) {
    const FieldTable table = table_of_every_type();
    const std::string wire = table.encode();
    // A table may end between two entries, nowhere else.
    std::vector<std::size_t> ends{0};
    std::string entries;
    for (const Field& field : table) {
        append_field(entries, field.name, field.value);
        ends.push_back(entries.size());
    }
    std::vector<char> memory;
    for (std::size_t bytes = 0; bytes <= wire.size(); ++bytes) {
        const bool whole = std::ranges::find(ends, bytes) != ends.end();
        const auto checked = check_exact(memory, std::string_view(wire).substr(0, bytes));
        EXPECT_EQ(checked.has_value(), whole) << bytes;
        if (!whole) {
            EXPECT_EQ(checked.error(), DecodeFault::truncated);
        }
    }
}

TEST(FieldTable, length_of_a_value_may_not_reach_behind_the_table) {
    EXPECT_EQ(fault_of("\x01kS\xff\xff\xff\xff"
                       "ab"),
              DecodeFault::truncated);
    EXPECT_EQ(fault_of("\x01kF\0\0\0\x03\x01kt\x01"_bytes), DecodeFault::truncated);
    EXPECT_EQ(fault_of("\x01kA\0\0\0\x01t\x01"_bytes), DecodeFault::truncated);
}

TEST(FieldTable, tags_outside_the_errata_are_refused) {
    constexpr std::string_view known = "tbBsuIilLfdDSATFVx";
    for (int tag = 0; tag < 256; ++tag) {
        if (known.find(static_cast<char>(tag)) != std::string_view::npos) continue;
        const std::string entry = "\x01k" + std::string(1, static_cast<char>(tag)) + "12345678";
        EXPECT_EQ(fault_of(entry), DecodeFault::unknown_field_type) << tag;
    }
}

TEST(FieldTable, nesting_is_bounded) {
    std::vector<char> memory;
    const std::string deepest = nested_tables(limits::field_table_depth_max);
    const auto checked = check_exact(memory, deepest);
    ASSERT_TRUE(checked.has_value());
    EXPECT_EQ(checked->decode().encode(), deepest);
    EXPECT_EQ(fault_of(nested_tables(limits::field_table_depth_max + 1)),
              DecodeFault::nested_too_deep);
    EXPECT_EQ(fault_of(nested_tables(1000)), DecodeFault::nested_too_deep);
}

TEST(FieldTable, garbage_is_refused_or_decodes_and_encodes_alike) {
    Prng prng(2);
    constexpr std::string_view tags = "tbBsuIilfdDSATFVx";
    const std::string sound = table_of_every_type().encode();
    std::vector<char> memory;
    int taken = 0;
    for (int round = 0; round < 50'000; ++round) {
        std::string entries = sound;
        for (auto changes = prng.below(4); changes-- != 0;)
            entries[prng.below(entries.size())] = static_cast<char>(prng.next());
        if (prng.below(4) == 0)
            entries = "\x01k" + std::string(1, tags[prng.below(tags.size())]) +
                      garbage(prng, prng.below(16));
        const auto checked = check_exact(memory, entries);
        if (!checked) continue;
        ++taken;
        const FieldTable decoded = checked->decode();
        const std::string encoded = decoded.encode();
        EXPECT_EQ(TableView::check(as_bytes(encoded))->decode().encode(), encoded);
    }
    EXPECT_GT(taken, 1000);
}

TEST(FieldTable, first_of_equal_names_counts) {
    FieldTable table{{"k", FieldValue("a")}, {"k", FieldValue("b")}};
    EXPECT_EQ(*table.find("k")->as_text(), "a");
    const std::string wire = table.encode();
    EXPECT_EQ(TableView::of_checked(as_bytes(wire)).find("k")->as_text(), "a");
    table.set("k", "c");
    EXPECT_EQ(*table.find("k")->as_text(), "c");
    EXPECT_EQ(table.size(), 2u);
    EXPECT_TRUE(table.remove("k"));
    EXPECT_TRUE(table.empty());
    EXPECT_FALSE(table.remove("k"));
}

TEST(FieldTable, keeps_the_order_of_fields) {
    FieldTable table{{"b", FieldValue("1")}, {"a", FieldValue("2")}};
    table.set("c", true);
    table.push_front("d", true);
    table.add("b", "3");
    EXPECT_EQ(names_of(table), (std::vector<std::string>{"d", "b", "a", "c", "b"}));
    table.sort_by_name();
    EXPECT_EQ(names_of(table), (std::vector<std::string>{"a", "b", "b", "c", "d"}));
    EXPECT_EQ(*table.find("b")->as_text(), "1");
}

TEST(FieldTable, view_finds_fields_and_tells_their_types) {
    const std::string wire = table_of_every_type().encode();
    const auto view = TableView::check(as_bytes(wire));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->find("byte")->as_integer(), -5);
    EXPECT_EQ(view->find("unsignedbyte")->as_integer(), 250);
    EXPECT_EQ(view->find("short")->as_integer(), -30000);
    EXPECT_EQ(view->find("unsignedshort")->as_integer(), 60000);
    EXPECT_EQ(view->find("signedint")->as_integer(), -2'000'000'000);
    EXPECT_EQ(view->find("unsignedint")->as_integer(), 4'000'000'000);
    EXPECT_EQ(view->find("long")->as_integer(), -9'000'000'000'000'000'000);
    EXPECT_EQ(view->find("longstr")->as_text(), "text");
    EXPECT_EQ(view->find("bool")->as_bool(), true);
    EXPECT_EQ(view->find("timestamp")->as_timestamp(), 1'700'000'000u);
    EXPECT_EQ(view->find("longstr")->as_integer(), std::nullopt);
    EXPECT_EQ(view->find("binary")->as_text(), std::nullopt);
    EXPECT_FALSE(view->find("absent").has_value());
    std::vector<FieldType> items;
    ArrayView(*view->find("array")).for_each([&](FieldView item) { items.push_back(item.type); });
    EXPECT_EQ(items, (std::vector{FieldType::long_string, FieldType::int32, FieldType::array,
                                  FieldType::table}));
}

TEST(FieldTable, type_names_are_those_of_rabbitmq) {
    for (const Field& field : table_of_every_type())
        EXPECT_EQ(type_name(field.value.type()), field.name);
}

TEST(FieldTable, removing_a_field_in_wire_form_keeps_the_other_bytes) {
    const auto wire =
        "\x01"
        "aL\0\0\0\0\0\0\0\x05\x01"
        "bV\x01"
        "ct\x01\x01"
        "bt\x01"_bytes;
    const auto view = TableView::check(as_bytes(wire));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(encode_without(*view, "b"),
              "\x01"
              "aL\0\0\0\0\0\0\0\x05\x01"
              "ct\x01"_bytes);
    EXPECT_EQ(encode_without(*view, "absent"), wire);
}

}  // namespace
}  // namespace warren::amqp091
