#include "auth/password_hash.h"

#include <gtest/gtest.h>

namespace warren::auth {
namespace {

// Computed with Python's hashlib; the first is also the worked example of RabbitMQ's documentation.
struct Vector {
    HashingAlgorithm algorithm;
    std::string_view password;
    std::string_view base64;
};
constexpr Vector vectors[] = {
    {HashingAlgorithm::sha256, "test12", "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"},
    {HashingAlgorithm::sha256, "guest", "kI3GCrswBLNZQzHJJ95QLoyfAVooYhnvf7jbqiW9BjOYUloe"},
    {HashingAlgorithm::sha512, "test12",
     "kI3GChuNuIYf8lRbCCxZjgjKwsY19ns6+uFO0zcXRBGA/"
     "XGJPYD8OWMy7EB8TaOmAzjP2azv84GbINYwX2cDWb4DHnc="},
    {HashingAlgorithm::md5, "test12", "kI3GChNpte2FApYFXScl+0dIluk="},
};
constexpr std::string_view vector_salt = "\x90\x8d\xc6\x0a";

TEST(PasswordHash, is_what_rabbitmq_stores_for_the_same_salt) {
    for (const auto& vector : vectors) {
        const auto hash = hash_password(vector.password, vector.algorithm, vector_salt);
        EXPECT_EQ(encode_base64(hash.salt_and_digest), vector.base64);
    }
}

TEST(PasswordHash, matches_its_own_password_only) {
    for (const auto& vector : vectors) {
        const PasswordHash hash{vector.algorithm, decode_base64(vector.base64).value()};
        EXPECT_TRUE(password_matches(hash, vector.password));
        EXPECT_FALSE(password_matches(hash, "Test12"));
        EXPECT_FALSE(password_matches(hash, ""));
    }
}

TEST(PasswordHash, of_one_algorithm_is_useless_under_another) {
    const auto hash = hash_password("secret", HashingAlgorithm::sha256);
    EXPECT_TRUE(password_matches(hash, "secret"));
    EXPECT_FALSE(password_matches({HashingAlgorithm::sha512, hash.salt_and_digest}, "secret"));
}

TEST(PasswordHash, takes_a_new_salt_each_time) {
    EXPECT_NE(hash_password("secret", HashingAlgorithm::sha256),
              hash_password("secret", HashingAlgorithm::sha256));
}

TEST(PasswordHash, without_a_digest_lets_nobody_in) {
    for (const std::string stored : {"", "abc", "salt"}) {
        EXPECT_FALSE(password_matches({HashingAlgorithm::sha256, stored}, ""));
        EXPECT_FALSE(password_matches({HashingAlgorithm::sha256, stored}, "x"));
    }
    const auto blank = hash_password("", HashingAlgorithm::sha256);
    EXPECT_EQ(blank.salt_and_digest, "");
}

TEST(PasswordHash, that_is_cut_short_lets_nobody_in) {
    const auto whole = hash_password("secret", HashingAlgorithm::sha256);
    for (std::size_t bytes = 0; bytes < whole.salt_and_digest.size(); ++bytes)
        EXPECT_FALSE(password_matches(
            {HashingAlgorithm::sha256, whole.salt_and_digest.substr(0, bytes)}, "secret"));
}

TEST(HashingAlgorithm, names_are_rabbitmqs_modules_both_ways) {
    for (const auto algorithm :
         {HashingAlgorithm::sha256, HashingAlgorithm::sha512, HashingAlgorithm::md5})
        EXPECT_EQ(hashing_algorithm_named(module_name(algorithm)), algorithm);
    EXPECT_EQ(module_name(HashingAlgorithm::sha512), "rabbit_password_hashing_sha512");
    EXPECT_EQ(hashing_algorithm_named("rabbit_password_hashing_sha1"), std::nullopt);
}

TEST(Base64, agrees_with_rfc_4648) {
    const std::pair<std::string_view, std::string_view> pairs[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xff\xfe", "//4="}};
    for (const auto& [bytes, text] : pairs) {
        EXPECT_EQ(encode_base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64, refuses_what_is_not_base64) {
    for (const std::string_view text :
         {"!!!", "Zg=", "Zg", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9", "===="})
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace warren::auth
