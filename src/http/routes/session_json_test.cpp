#include "http/routes/session_json.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

std::string parts(std::string_view name) {
    const CipherParts parts = cipher_parts(name);
    return parts.key_exchange + " " + parts.cipher + " " + parts.hash;
}

TEST(cipher_parts, are_told_as_rabbitmq_tells_them) {
    EXPECT_EQ(parts("TLS_AES_256_GCM_SHA384"), "any aes_256_gcm aead");
    EXPECT_EQ(parts("TLS_CHACHA20_POLY1305_SHA256"), "any chacha20_poly1305 aead");
    EXPECT_EQ(parts("ECDHE-RSA-AES256-GCM-SHA384"), "ecdhe_rsa aes_256_gcm aead");
    EXPECT_EQ(parts("ECDHE-ECDSA-CHACHA20-POLY1305"), "ecdhe_ecdsa chacha20_poly1305 aead");
    EXPECT_EQ(parts("DHE-RSA-AES128-SHA256"), "dhe_rsa aes_128_cbc sha256");
    EXPECT_EQ(parts("AES128-SHA"), "rsa aes_128_cbc sha");
}

TEST(cipher_parts, of_an_unknown_name_are_that_name) {
    EXPECT_EQ(parts(""), "  ");
    EXPECT_EQ(parts("WHATEVER"), " whatever ");
    EXPECT_EQ(parts("X-Y"), " x-y ");
}

}  // namespace
}  // namespace warren::http
