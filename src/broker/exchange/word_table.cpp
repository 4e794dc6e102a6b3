#include "broker/exchange/word_table.h"

#include "broker/exchange/text_hash.h"

namespace warren::broker {

std::uint32_t WordTable::find(std::string_view word) const {
    return find(word, text_hash(word));
}

std::uint32_t WordTable::acquire(std::string_view word) {
    const std::uint32_t hash = text_hash(word);
    if (const std::uint32_t found = find(word, hash); found != none) {
        ++words_[found].uses;
        return found;
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(words_.size()));
        words_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    words_[number] = {std::string(word), hash, 1};
    numbers_.insert(hash, number);
    return number;
}

void WordTable::release(std::uint32_t number) {
    Word& word = words_[number];
    if (--word.uses != 0) return;
    numbers_.erase(word.hash, number);
    word.text = {};
    free_.push_back(number);
}

}  // namespace warren::broker
