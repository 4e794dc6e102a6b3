#include "app/config/erlang_reader.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

using Kind = ErlangTerm::Kind;

ErlangTerm read(std::string_view text) {
    auto term = read_erlang_file(text);
    EXPECT_TRUE(term) << text << ": " << term.error();
    return term ? *term : ErlangTerm{};
}

std::string fault(std::string_view text) {
    const auto term = read_erlang_file(text);
    return term ? "accepted" : term.error();
}

TEST(ErlangReader, reads_terms_inside_of_terms) {
    const ErlangTerm root = read(
        "%% a comment with ] and \"\n[ {rabbit, [{tcp_listeners, [5672, {\"::1\", 5673}]}, "
        "flag]},\n"
        "  {'other app', #{a => 1, <<\"b\">> => -2}} ] . % end\n");
    ASSERT_EQ(root.elements.size(), 2u);
    const ErlangTerm& rabbit = root.elements[0];
    EXPECT_TRUE(rabbit.is_pair() && rabbit.elements[0].is_atom("rabbit"));
    const ErlangTerm& listeners = rabbit.elements[1].elements[0].elements[1];
    EXPECT_EQ(listeners.elements[0], (ErlangTerm{Kind::integer, "5672"}));
    EXPECT_EQ(listeners.elements[1].elements[0], (ErlangTerm{Kind::string, "::1"}));
    EXPECT_TRUE(rabbit.elements[1].elements[1].is_atom("flag"));
    const ErlangTerm& map = root.elements[1].elements[1];
    EXPECT_EQ(map.kind, Kind::map);
    EXPECT_EQ(map.elements.size(), 4u);
    EXPECT_EQ(map.elements[3], (ErlangTerm{Kind::integer, "-2"}));
}

TEST(ErlangReader, reads_every_way_to_write_a_text) {
    const auto only = [](std::string_view text) { return read(text); };
    EXPECT_EQ(only(R"("a \"b\" \\c\n".)"), (ErlangTerm{Kind::string, "a \"b\" \\c\n"}));
    EXPECT_EQ(only("\"one\"\n  \" two\"."), (ErlangTerm{Kind::string, "one two"}));
    EXPECT_EQ(only("<<\"text\">>."), (ErlangTerm{Kind::binary, "text"}));
    EXPECT_EQ(only("<<\"text\"/utf8>>."), (ErlangTerm{Kind::binary, "text"}));
    EXPECT_EQ(only("<<104, 105>>."), (ErlangTerm{Kind::binary, "hi"}));
    EXPECT_EQ(only("<<>>."), (ErlangTerm{Kind::binary, ""}));
    EXPECT_EQ(only("'an atom'."), (ErlangTerm{Kind::atom, "an atom"}));
}

TEST(ErlangReader, reads_numbers) {
    EXPECT_EQ(read("1_000."), (ErlangTerm{Kind::integer, "1_000"}));
    EXPECT_EQ(read("16#ff."), (ErlangTerm{Kind::integer, "16#ff"}));
    EXPECT_EQ(read("-0.5."), (ErlangTerm{Kind::floating, "-0.5"}));
    EXPECT_EQ(read("1.0e-6 ."), (ErlangTerm{Kind::floating, "1.0e-6"}));
}

TEST(ErlangReader, an_empty_file_is_an_empty_list) {
    EXPECT_EQ(read(""), ErlangTerm{Kind::list});
    EXPECT_EQ(read("% nothing\n\n"), ErlangTerm{Kind::list});
}

TEST(ErlangReader, names_the_line_and_what_is_missing) {
    EXPECT_EQ(fault("[a,\n b"), "line 2: expected ',' or ']'");
    EXPECT_EQ(fault("[a,\n\n ]."), "line 3: expected a term");
    EXPECT_EQ(fault("[]"), "line 1: expected '.' behind the term");
    EXPECT_EQ(fault("[]. []."), "line 1: expected nothing behind the first term");
    EXPECT_EQ(fault("\n\"open"), "line 2: expected a closing \"");
    EXPECT_EQ(fault("[Variable]."), "line 1: expected a term");
    EXPECT_EQ(fault("#{a, b}."), "line 1: expected '=>'");
    EXPECT_EQ(fault("<<300>>."), "line 1: expected a byte from 0 to 255");
}

TEST(ErlangReader, a_deep_term_and_any_cut_are_refused) {
    EXPECT_NE(fault(std::string(100'000, '[')), "accepted");
    EXPECT_NE(fault(std::string(100'000, '{')), "accepted");
    const std::string_view whole = "[{rabbit,[{a,\"b\\\"\"},{c,<<\"d\",1>>},#{'e' => -1.5}]}].";
    for (std::size_t bytes = 1; bytes < whole.size(); ++bytes)
        EXPECT_NE(fault(whole.substr(0, bytes)), "accepted") << whole.substr(0, bytes);
    EXPECT_EQ(fault(whole), "accepted");
}

}  // namespace
}  // namespace warren::config
