#pragma once
// Words by number: each word that patterns use has one, as long as they use it. What is searched
// for a word's sake is then searched for four octets.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/exchange/number_table.h"

namespace warren::broker {

class WordTable {
public:
    static constexpr std::uint32_t none = NumberTable::none;

    // None if nobody uses the word.
    std::uint32_t find(std::string_view word) const;
    // One use more. Each is given back by release().
    std::uint32_t acquire(std::string_view word);
    void release(std::uint32_t number);

private:
    struct Word {
        std::string text;
        std::uint32_t hash = 0;
        std::uint32_t uses = 0;
    };

    std::uint32_t find(std::string_view word, std::uint32_t hash) const {
        return numbers_.find(hash,
                             [&](std::uint32_t number) { return words_[number].text == word; });
    }

    NumberTable numbers_;
    std::vector<Word> words_;
    std::vector<std::uint32_t> free_;  // numbers that no word has
};

}  // namespace warren::broker
