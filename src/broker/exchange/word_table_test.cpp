#include "broker/exchange/word_table.h"

#include <gtest/gtest.h>

namespace warren::broker {
namespace {

TEST(WordTable, a_word_keeps_its_number_while_it_is_used) {
    WordTable words;
    const auto stock = words.acquire("stock");
    const auto empty = words.acquire("");
    EXPECT_NE(stock, empty);
    EXPECT_EQ(words.acquire("stock"), stock);
    words.release(stock);
    EXPECT_EQ(words.find("stock"), stock);
    EXPECT_EQ(words.find(""), empty);
    EXPECT_EQ(words.find("stocks"), WordTable::none);
}

TEST(WordTable, a_word_that_nobody_uses_is_forgotten_and_its_number_given_on) {
    WordTable words;
    const auto first = words.acquire("first");
    words.acquire("second");
    words.release(first);
    EXPECT_EQ(words.find("first"), WordTable::none);
    EXPECT_EQ(words.acquire("third"), first);
    EXPECT_EQ(words.find("third"), first);
}

}  // namespace
}  // namespace warren::broker
