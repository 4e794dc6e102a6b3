#include "app/config/value.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace warren::config {
namespace {

template <typename... Types>
std::string refusal(std::string_view text, Types... types) {
    const ValueType all[] = {types...};
    const auto value = parse_value(all, text);
    return value ? "accepted" : value.error();
}

template <typename Expected, typename... Types>
void expect_value(const Expected& expected, std::string_view text, Types... types) {
    const ValueType all[] = {types...};
    const auto value = parse_value(all, text);
    ASSERT_TRUE(value) << value.error();
    ASSERT_TRUE(std::holds_alternative<Expected>(*value)) << text;
    EXPECT_EQ(std::get<Expected>(*value), expected);
}

constexpr ValueType of(Kind kind) {
    return {kind, 0, 0, {}};
}
constexpr ValueType integer(std::int64_t lowest, std::int64_t highest) {
    return {Kind::integer, lowest, highest, {}};
}
constexpr std::string_view infinity_word[] = {"infinity"};
constexpr std::string_view colours[] = {"red", "green"};
constexpr ValueType infinity{Kind::one_of, 0, 0, infinity_word};

TEST(value, checks_the_range_of_integers) {
    expect_value(std::int64_t{60}, "60", integer(0, 65'535));
    EXPECT_EQ(refusal("65536", integer(0, 65'535)),
              "expected an integer from 0 to 65535, found '65536'");
    EXPECT_EQ(refusal("0", integer(1, INT64_MAX)), "expected an integer of at least 1, found '0'");
    EXPECT_EQ(refusal("sixty", integer(INT64_MIN, INT64_MAX)),
              "expected an integer, found 'sixty'");
}

TEST(value, tries_alternatives_in_order) {
    expect_value(std::string("infinity"), "infinity", infinity, integer(0, INT64_MAX));
    expect_value(std::int64_t{5}, "5", infinity, integer(0, INT64_MAX));
    EXPECT_EQ(refusal("10s", infinity, integer(0, INT64_MAX)),
              "expected infinity or an integer of at least 0, found '10s'");
}

TEST(value, takes_only_true_and_false_as_booleans) {
    expect_value(true, "true", of(Kind::boolean));
    expect_value(false, "false", of(Kind::boolean));
    EXPECT_EQ(refusal("on", of(Kind::boolean)), "expected true or false, found 'on'");
    EXPECT_EQ(refusal("True", of(Kind::boolean)), "expected true or false, found 'True'");
    expect_value(true, "on", of(Kind::on_off));
    EXPECT_EQ(refusal("true", of(Kind::on_off)), "expected on or off, found 'true'");
}

TEST(value, lists_the_words_of_a_choice) {
    expect_value(std::string("red"), "red", ValueType{Kind::one_of, 0, 0, colours});
    EXPECT_EQ(refusal("Red", ValueType{Kind::one_of, 0, 0, colours}),
              "expected one of red, green, found 'Red'");
}

TEST(value, reads_listener_addresses_in_all_notations) {
    const auto port = of(Kind::port), address = of(Kind::address_port),
               local = of(Kind::unix_socket);
    expect_value(Address{"", 5672}, "5672", port, address, local);
    expect_value(Address{"", 0}, "0", port, address, local);
    expect_value(Address{"127.0.0.1", 5673}, "127.0.0.1:5673", port, address, local);
    expect_value(Address{"::1", 5674}, "[::1]:5674", port, address, local);
    expect_value(Address{"::1", 5674}, "::1:5674", port, address, local);
    expect_value(Address{"::", 5672}, ":::5672", port, address, local);
    expect_value(Address{"2001:db8::1", 5672}, "2001:db8::1:5672", port, address, local);
    const std::string expected =
        "expected a port from 0 to 65535 or an address and port such as 127.0.0.1:5672 or "
        "[::1]:5672, found ";
    for (const std::string text : {"65536", "-1", "localhost:5672", "1.2.3.4", "1.2.3.4:70000",
                                   "999.1.1.1:5", ":5672", "1.2.3.4:"})
        EXPECT_EQ(refusal(text, port, address, local), expected + "'" + text + "'");
    EXPECT_EQ(refusal("local:/tmp/x:0", port, address, local),
              expected + "'local:/tmp/x:0': unix domain sockets are not supported");
}

TEST(value, says_where_a_regular_expression_breaks) {
    expect_value(std::string("^(?!amq).*"), "^(?!amq).*", of(Kind::regex));
    EXPECT_EQ(
        refusal("a(b", of(Kind::regex)),
        "expected a regular expression, found 'a(b': missing closing parenthesis at offset 3");
}

TEST(value, reads_sizes_durations_and_numbers) {
    expect_value(std::int64_t{131'072}, "128KB", ValueType{Kind::byte_size, 0, INT64_MAX, {}});
    expect_value(std::int64_t{50'000'000}, "50MB", of(Kind::memory_size));
    expect_value(std::int64_t{90'000}, "1m30s", of(Kind::duration));
    expect_value(0.6, "0.6", of(Kind::floating));
    EXPECT_EQ(refusal("1", of(Kind::fraction)),
              "expected a number between 0 and 1 such as 0.5, found '1'");
    EXPECT_EQ(refusal("2XB", of(Kind::memory_size)),
              "expected a size such as 1000000000, 500MB, 500MiB, 2GB or 2GiB, found '2XB'");
}

TEST(value, splits_lists_at_commas) {
    expect_value(std::vector<std::string>{"a", "b c"}, "a , b c,,", of(Kind::comma_list));
    expect_value(std::vector<std::string>{}, "", of(Kind::comma_list));
}

TEST(value, checks_uris_and_addresses) {
    expect_value(std::string("https://a/b"), "https://a/b", of(Kind::uri));
    for (const std::string wrong : {"a/b", "://a", "http://", "http://a b"})
        EXPECT_EQ(refusal(wrong, of(Kind::uri)),
                  "expected a URI such as http://host/path, found '" + wrong + "'");
    expect_value(std::string("fe80::1"), "fe80::1", of(Kind::ip_address));
    EXPECT_EQ(refusal("localhost", of(Kind::ip_address)),
              "expected an IPv4 or IPv6 address, found 'localhost'");
}

TEST(value, checks_files_and_directories) {
    const std::string dir = testing::TempDir() + "value_test";
    std::filesystem::create_directories(dir);
    std::ofstream(dir + "/plain") << "text";
    std::ofstream(dir + "/cert.pem") << "Certificate:\n-----BEGIN CERTIFICATE-----\n";
    expect_value(dir + "/plain", dir + "/plain", of(Kind::readable_file));
    expect_value(dir, dir, of(Kind::readable_file));  // load_definitions takes a directory, too
    expect_value(dir + "/cert.pem", dir + "/cert.pem", of(Kind::pem_file));
    expect_value(dir, dir, of(Kind::writable_directory));
    EXPECT_EQ(refusal("/nowhere/x", of(Kind::readable_file)),
              "expected a readable file, found '/nowhere/x': the file does not exist");
    EXPECT_EQ(refusal(dir + "/plain", of(Kind::pem_file)),
              "expected a readable file in PEM format, found '" + dir +
                  "/plain': the file holds no PEM block ('-----BEGIN ...')");
    EXPECT_EQ(refusal("/nowhere", of(Kind::writable_directory)),
              "expected a writable directory, found '/nowhere': the directory does not exist");
}

TEST(value, escapes_what_it_quotes) {
    EXPECT_EQ(refusal("a\nb\xff", integer(0, 1)),
              "expected an integer from 0 to 1, found 'a\\nb\\xff'");
}

}  // namespace
}  // namespace warren::config
