#include "spread.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "binding_plan.h"

namespace loadgen {
namespace {

TEST(spread, every_round_serves_every_destination_once) {
    for (const unsigned destinations : {1u, 2u, 3u, 10u, 12u, 618u, 1000u}) {
        const Spread spread(destinations, 1);
        for (unsigned round = 0; round < 3; ++round) {
            std::set<unsigned> served;
            for (unsigned n = 0; n < destinations; ++n)
                served.insert(spread.destination_of(std::uint64_t{round} * destinations + n));
            EXPECT_EQ(served.size(), destinations);
        }
    }
}

TEST(spread, each_queue_counts_its_messages_without_a_gap) {
    for (const auto& [destinations, queues] :
         {std::pair{12u, 4u}, {30u, 6u}, {100u, 10u}, {7u, 7u}}) {
        const Spread spread(destinations, queues);
        std::map<unsigned, std::uint64_t> seen;
        for (std::uint64_t message = 0; message < 500; ++message)
            EXPECT_EQ(spread.number_in_queue(message), seen[spread.queue_of(message)]++);
        EXPECT_EQ(seen.size(), queues);
    }
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words{{}};
    for (const char c : text) {
        if (c == '.')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

// Of patterns with one word left open: `#` stands for one word where all keys have four.
bool matches(const std::string& pattern, const std::string& key) {
    const auto wanted = words_of(pattern);
    const auto given = words_of(key);
    if (wanted.size() != given.size()) return false;
    for (std::size_t n = 0; n < wanted.size(); ++n)
        if (wanted[n] != "*" && wanted[n] != "#" && wanted[n] != given[n]) return false;
    return true;
}

TEST(binding_plan, a_key_matches_its_own_pattern_and_no_other) {
    for (const unsigned size : {1u, 2u, 9u, 130u}) {
        const BindingPlan plan(size);
        for (unsigned key = 0; key < size; ++key)
            for (unsigned pattern = 0; pattern < size; ++pattern)
                EXPECT_EQ(matches(plan.pattern(pattern), plan.key(key)), key == pattern)
                    << plan.pattern(pattern) << " " << plan.key(key);
    }
}

TEST(binding_plan, keys_are_of_one_length) {
    const BindingPlan plan(100'000);
    for (const unsigned index : {0u, 9u, 99'999u})
        EXPECT_EQ(plan.key(index).size(), plan.key(1).size());
}

}  // namespace
}  // namespace loadgen
