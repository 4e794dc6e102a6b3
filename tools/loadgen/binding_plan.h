#pragma once
// Many bindings of one exchange, and for each a routing key that it alone matches: what a broker
// must look through grows, what it finds stays one queue. Messages that arrive elsewhere, or more
// than once, are so found by the usual checks.
//
// A key has four words. The first three count in a base of their own, the fourth is their sum in
// it: any three tell which key it is. So a topic pattern may leave one of the four open, and
// patterns take turns: all four words, `*` in each of the four places, `#` in each of the four.
#include <string>

namespace loadgen {

class BindingPlan {
public:
    explicit BindingPlan(unsigned bindings);

    unsigned size() const { return bindings_; }
    // All of one length.
    std::string key(unsigned index) const;
    // For a topic exchange. The first words of all patterns are mixed, as are those of the keys.
    std::string pattern(unsigned index) const;

private:
    static constexpr unsigned word_count = 4;
    std::string word(unsigned index, unsigned place) const;

    unsigned bindings_;
    unsigned base_ = 1;  // its cube is at least the number of bindings
};

}  // namespace loadgen
