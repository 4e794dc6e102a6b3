#include "broker/exchange/topic_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/prng.h"
#include "broker/exchange/naive_topic.h"

namespace warren::broker {
namespace {

// A trie of patterns that are told apart by their text.
class Patterns {
public:
    explicit Patterns(std::initializer_list<const char*> patterns = {}) {
        for (const char* pattern : patterns)
            add(pattern);
    }
    void add(const std::string& pattern) {
        auto& binding = bindings_[pattern];
        if (binding != nullptr) return;
        binding = std::make_unique<Binding>();
        binding->key = pattern;
        trie.add(*binding);
    }
    void remove(const std::string& pattern) {
        trie.remove(*bindings_.at(pattern));
        bindings_.erase(pattern);
    }
    std::multiset<std::string> match(std::string_view key) const {
        std::multiset<std::string> found;
        trie.match(key, [&](const BoundDestination& bound) { found.insert(bound.binding->key); });
        return found;
    }
    std::multiset<std::string> match_naively(std::string_view key) const {
        std::multiset<std::string> found;
        for (const auto& [pattern, binding] : bindings_)
            if (naive_topic_match(topic_words(pattern), topic_words(key))) found.insert(pattern);
        return found;
    }
    const auto& all() const { return bindings_; }

    TopicTrie trie;

private:
    std::map<std::string, std::unique_ptr<Binding>> bindings_;
};

using Set = std::multiset<std::string>;

TEST(TopicTrie, a_literal_pattern_matches_its_own_key_only) {
    const Patterns patterns{"a.b"};
    EXPECT_EQ(patterns.match("a.b"), Set{"a.b"});
    for (const char* key : {"", "a", "b", "a.b.", ".a.b", "a.b.c", "a..b", "A.b"})
        EXPECT_EQ(patterns.match(key), Set{}) << key;
}

TEST(TopicTrie, a_star_stands_for_exactly_one_word) {
    const Patterns patterns{"*", "*.b", "a.*", "a.*.c", "*.*"};
    EXPECT_EQ(patterns.match(""), Set{});
    EXPECT_EQ(patterns.match("a"), Set{"*"});
    EXPECT_EQ(patterns.match("a.b"), (Set{"*.b", "a.*", "*.*"}));
    EXPECT_EQ(patterns.match("a..c"), Set{"a.*.c"});
    EXPECT_EQ(patterns.match("a."), (Set{"a.*", "*.*"}));
}

TEST(TopicTrie, a_hash_stands_for_any_number_of_words_in_every_position) {
    const Patterns patterns{"#", "#.b", "a.#", "a.#.b", "#.x.#"};
    EXPECT_EQ(patterns.match(""), Set{"#"});
    EXPECT_EQ(patterns.match("a"), (Set{"#", "a.#"}));
    EXPECT_EQ(patterns.match("b"), (Set{"#", "#.b"}));
    EXPECT_EQ(patterns.match("a.b"), (Set{"#", "#.b", "a.#", "a.#.b"}));
    EXPECT_EQ(patterns.match("a.x.b"), (Set{"#", "#.b", "a.#", "a.#.b", "#.x.#"}));
    EXPECT_EQ(patterns.match("x"), (Set{"#", "#.x.#"}));
}

TEST(TopicTrie, the_empty_pattern_matches_the_empty_key) {
    const Patterns patterns{""};
    EXPECT_EQ(patterns.match(""), Set{""});
    EXPECT_EQ(patterns.match("."), Set{});
}

TEST(TopicTrie, a_pattern_is_found_once_however_many_ways_it_matches) {
    const Patterns patterns{"#.#", "#.a.#.a.#", "*.#", "#.*"};
    EXPECT_EQ(patterns.match("a.a.a.a"), (Set{"#.#", "#.a.#.a.#", "*.#", "#.*"}));
}

TEST(TopicTrie, wildcards_in_a_key_are_plain_words) {
    const Patterns patterns{"a.b", "a.*", "a.#", "#"};
    EXPECT_EQ(patterns.match("a.*"), (Set{"a.*", "a.#", "#"}));
    EXPECT_EQ(patterns.match("a.#"), (Set{"a.*", "a.#", "#"}));
    EXPECT_EQ(patterns.match("#"), (Set{"#"}));
}

TEST(TopicTrie, removed_patterns_leave_no_nodes_behind) {
    Patterns patterns{"a.b.c", "a.b", "a.#.c", "*"};
    patterns.remove("a.b.c");
    EXPECT_EQ(patterns.match("a.b.c"), Set{"a.#.c"});
    EXPECT_EQ(patterns.match("a.b"), Set{"a.b"});
    patterns.remove("a.b");
    patterns.remove("a.#.c");
    patterns.remove("*");
    EXPECT_EQ(patterns.trie.node_count(), 0u);
    EXPECT_EQ(patterns.match("a"), Set{});
}

// Tried one division of words after another, this key would keep a core busy for longer than the
// test may take: C(127, 60) ways.
TEST(TopicTrie, patterns_of_many_hashes_do_not_take_for_ever) {
    std::string pattern = "#";
    for (int i = 0; i < 60; ++i)
        pattern += ".a.#";
    std::string key = "a";
    for (int i = 1; i < 126; ++i)
        key += ".a";
    Patterns patterns;
    patterns.add(pattern);
    patterns.add(pattern + ".b");
    EXPECT_EQ(patterns.match(key), Set{pattern});
}

TEST(TopicTrie, agrees_with_the_definition_on_random_patterns) {
    Prng random(20260101);
    const char* const words[] = {"a", "b", "", "*", "#", "#", "*"};
    const auto random_text = [&](std::size_t word_kinds) {
        std::string text;
        const std::uint64_t count = random.below(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (i > 0) text += '.';
            text += words[random.below(word_kinds)];
        }
        return text;
    };
    Patterns patterns;
    for (int round = 0; round < 4000; ++round) {
        if (random.below(3) != 0 || patterns.all().empty()) {
            patterns.add(random_text(std::size(words)));
        } else {
            auto victim = patterns.all().begin();
            std::advance(victim, random.below(patterns.all().size()));
            patterns.remove(std::string(victim->first));
        }
        const std::string key = random_text(3);
        ASSERT_EQ(patterns.match(key), patterns.match_naively(key)) << "key '" << key << "'";
    }
}

}  // namespace
}  // namespace warren::broker
