// The expected values were printed by Erlang's own erlang:phash2 and rand.
#include "broker/exchange/erlang_hash.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "base/prng.h"

namespace warren::broker {
namespace {

using namespace std::string_view_literals;

std::uint32_t hash_of_list(std::initializer_list<std::string_view> keys) {
    TermHash hash;
    for (const std::string_view key : keys)
        hash.add_binary(key);
    hash.add_nil();
    return hash.value();
}

TEST(ErlangHash, of_binaries_is_erlangs) {
    EXPECT_EQ(hash_of_binary(""), 13'708'901u);
    EXPECT_EQ(hash_of_binary("a"), 112'802'447u);
    EXPECT_EQ(hash_of_binary("b"), 17'711'093u);
    EXPECT_EQ(hash_of_binary("orders.1"), 38'678'301u);
    EXPECT_EQ(hash_of_binary("hello world!"), 25'699'699u);
    EXPECT_EQ(hash_of_binary("hello world!x"), 126'902'301u);
    EXPECT_EQ(hash_of_binary(std::string(100, 'z')), 15'658'482u);
    EXPECT_EQ(hash_of_binary("\0\xff\x80"sv), 88'930'461u);
}

TEST(ErlangHash, of_lists_of_binaries_is_erlangs) {
    EXPECT_EQ(hash_of_list({""}), 38'220'213u);
    EXPECT_EQ(hash_of_list({"a"}), 53'691'870u);
    EXPECT_EQ(hash_of_list({"hello world!x"}), 40'617'084u);
    EXPECT_EQ(hash_of_list({"a", "b"}), 3'094'894u);
    EXPECT_EQ(hash_of_list({"", ""}), 8'578'898u);
    EXPECT_EQ(hash_of_list({"a", "b", "c"}), 109'904'979u);
}

TEST(ErlangHash, of_floats_is_erlangs) {
    EXPECT_EQ(hash_of_float(1.5), 10'380'315u);
    EXPECT_EQ(hash_of_float(0.0), 20'875'736u);
    EXPECT_EQ(hash_of_float(-0.0), 20'875'736u);
    EXPECT_EQ(hash_of_float(-2.25), 106'798'634u);
}

TEST(JumpConsistentHash, picks_the_buckets_that_erlangs_generator_leads_to) {
    const auto buckets = [](std::int64_t key) {
        std::vector<std::uint64_t> picked;
        for (const std::uint64_t count : {2u, 10u, 1000u})
            picked.push_back(jump_consistent_hash(key, count));
        return picked;
    };
    using Buckets = std::vector<std::uint64_t>;
    EXPECT_EQ(buckets(hash_of_binary("")), (Buckets{0, 9, 161}));
    EXPECT_EQ(buckets(hash_of_binary("a")), (Buckets{1, 6, 47}));
    EXPECT_EQ(buckets(hash_of_binary("orders.1")), (Buckets{1, 1, 762}));
    EXPECT_EQ(buckets(1), (Buckets{0, 3, 856}));
    EXPECT_EQ(buckets(-7), (Buckets{1, 1, 408}));
    EXPECT_EQ(buckets(std::int64_t{1} << 40), (Buckets{0, 4, 807}));
    EXPECT_EQ(jump_consistent_hash(hash_of_binary(""), 1'000'000), 792'163u);
    EXPECT_EQ(jump_consistent_hash(hash_of_binary("a"), 1'000'000), 322'185u);
    EXPECT_EQ(jump_consistent_hash(99, 1), 0u);
}

TEST(JumpConsistentHash, spreads_keys_evenly) {
    std::vector<int> hits(10);
    for (int i = 0; i < 100'000; ++i)
        ++hits[jump_consistent_hash(hash_of_binary(std::to_string(i)), hits.size())];
    for (const int hit : hits)
        EXPECT_NEAR(hit, 10'000, 500);
}

TEST(JumpConsistentHash, one_bucket_more_moves_keys_only_to_the_new_one) {
    Prng random(5);
    for (int i = 0; i < 10'000; ++i) {
        const auto key = static_cast<std::int64_t>(random.below(1u << 27));
        const auto before = jump_consistent_hash(key, 17);
        const auto after = jump_consistent_hash(key, 18);
        EXPECT_TRUE(after == before || after == 17);
    }
}

}  // namespace
}  // namespace warren::broker
