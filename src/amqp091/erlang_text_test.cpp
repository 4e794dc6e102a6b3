#include "amqp091/erlang_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "amqp091/codec_test_support.h"

// Expected texts were taken from a RabbitMQ 4.3 node.
namespace warren::amqp091 {
namespace {

using namespace test;

std::string binary(std::string_view bytes, std::size_t column = 0) {
    std::string text;
    append_binary(text, as_bytes(bytes), column);
    return text;
}

std::string number(double value) {
    std::string text;
    append_float(text, value);
    return text;
}

std::string term(const FieldValue& value) {
    std::string text;
    append_term(text, value);
    return text;
}

TEST(ErlangText, octets_are_decimal_numbers) {
    std::string text;
    append_octets(text, as_bytes("\0\x01\xff"_bytes));
    append_octets(text, {});
    EXPECT_EQ(text, "<<0,1,255>><<>>");
}

TEST(ErlangText, printable_binaries_are_quoted) {
    EXPECT_EQ(binary(""), "<<>>");
    EXPECT_EQ(binary("hello"), "<<\"hello\">>");
    EXPECT_EQ(binary("a\n\"q\"\\"), R"(<<"a\n\"q\"\\">>)");
    EXPECT_EQ(binary("\b\t\n\v\f\r\x1b"), R"(<<"\b\t\n\v\f\r\e">>)");
    EXPECT_EQ(binary("\xc3\xa9\xe2\x82\xac"), "<<\"\xc3\xa9\xe2\x82\xac\"/utf8>>");
}

TEST(ErlangText, printable_latin1_is_shown_as_characters) {
    EXPECT_EQ(binary("\xc8\xc9"), "<<\"\xc3\x88\xc3\x89\">>");
}

TEST(ErlangText, other_binaries_are_numbers) {
    EXPECT_EQ(binary("\0ab"_bytes), "<<0,97,98>>");
    EXPECT_EQ(binary("\x7f"
                     "ab"),
              "<<127,97,98>>");
    EXPECT_EQ(binary("\xc2\x85"), "<<194,133>>");
    EXPECT_EQ(binary("\x80"), "<<128>>");
}

TEST(ErlangText, numbers_wrap_before_column_80) {
    const std::string octets(16, '\x80');
    EXPECT_EQ(binary(octets, 26), "<<128,128,128,128,128,128,128,128,128,128,128,128,\n" +
                                      std::string(28, ' ') + "128,128,128,128>>");
    EXPECT_EQ(binary(octets, 21), "<<128,128,128,128,128,128,128,128,128,128,128,128,128,128,\n" +
                                      std::string(23, ' ') + "128,128>>");
    const std::string fits = std::string(9, '\x80') + std::string(7, '\x0e');
    EXPECT_EQ(binary(fits, 21), "<<128,128,128,128,128,128,128,128,128,14,14,14,14,14,14,14>>");
}

TEST(ErlangText, floats_have_the_shortest_form) {
    EXPECT_EQ(number(0.0), "0.0");
    EXPECT_EQ(number(-0.0), "-0.0");
    EXPECT_EQ(number(1.0), "1.0");
    EXPECT_EQ(number(100.0), "100.0");
    EXPECT_EQ(number(1000.0), "1.0e3");
    EXPECT_EQ(number(1200.0), "1.2e3");
    EXPECT_EQ(number(12345.0), "12345.0");
    EXPECT_EQ(number(120000.0), "1.2e5");
    EXPECT_EQ(number(1234567.0), "1234567.0");
    EXPECT_EQ(number(0.1), "0.1");
    EXPECT_EQ(number(0.012), "0.012");
    EXPECT_EQ(number(0.0001), "0.0001");
    EXPECT_EQ(number(0.00012), "1.2e-4");
    EXPECT_EQ(number(1e-7), "1.0e-7");
    EXPECT_EQ(number(-2.5), "-2.5");
    EXPECT_EQ(number(1e22), "1.0e22");
    EXPECT_EQ(number(1.5e300), "1.5e300");
    EXPECT_EQ(number(9007199254740992.0), "9.007199254740992e15");
    EXPECT_EQ(number(12345678901234567890.0), "1.2345678901234567e19");
    EXPECT_EQ(number(double{0.1F}), "0.10000000149011612");
}

TEST(ErlangText, floats_that_erlang_does_not_have_are_named) {
    EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "inf");
    EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-inf");
    EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(ErlangText, tables_and_arrays_are_lists_of_tuples) {
    EXPECT_EQ(term(FieldTable{{"k", FieldValue("v")}, {"n", FieldValue(std::int32_t{5})}}),
              R"([{<<"k">>,longstr,<<"v">>},{<<"n">>,signedint,5}])");
    EXPECT_EQ(term(FieldArray{FieldValue("x"), FieldValue(std::int32_t{4}), FieldValue(true)}),
              R"([{longstr,<<"x">>},{signedint,4},{bool,true}])");
    EXPECT_EQ(term(FieldArray{FieldValue(Decimal{1, 2}), FieldValue(Timestamp{5}),
                              FieldValue(FieldArray{FieldValue()})}),
              "[{decimal,{1,2}},{timestamp,5},{array,[{void,undefined}]}]");
    EXPECT_EQ(term(FieldTable{}), "[]");
}

TEST(ErlangText, fields_are_printed_one_by_one) {
    const FieldTable table{{"x-max-length", std::int32_t{5}}, {"name", "text"}};
    const FieldArray expected{{R"({<<"x-max-length">>,signedint,5})"},
                              {R"({<<"name">>,longstr,<<"text">>})"}};
    EXPECT_EQ(printed_fields(table), expected);
    EXPECT_TRUE(printed_fields({}).empty());
}

}  // namespace
}  // namespace warren::amqp091
