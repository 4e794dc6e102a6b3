#include "app/config/value_cipher.h"

#include <gtest/gtest.h>

#include "app/config/erlang_term.h"

namespace warren::config {
namespace {

CipherWishes wishes(std::string passphrase = "secret") {
    CipherWishes made;
    made.passphrase = std::move(passphrase);
    return made;
}

// What RabbitMQ 4.3's own `rabbitmqctl encode` printed.
TEST(ValueCipher, reads_what_rabbitmq_has_encrypted) {
    const auto read = [](const char* text, const CipherWishes& with) {
        const auto content = decrypt_value(text, with);
        const auto term = content ? from_external(*content) : std::nullopt;
        return term ? to_text(*term) : content ? "no term" : content.error();
    };
    EXPECT_EQ(read("WvWZTQrWWRh5RhwC0INEqNBtyQsttLx495zZ3ATPy13C7ZHUurALkv7+s4rp2btD", wishes()),
              "<<\"guest\">>");
    EXPECT_EQ(read("7IPvALg5NFIv2kRC8v8gs8fbR9JAdMrxPUqJmKMliRqxBB/V73+B5XnwjcLC6Tm2", wishes()),
              "\"guest word\"");
    EXPECT_EQ(read("T5Ypxc0ic9mDluLMofK6pR+7qQTEQdrHvQ8/LAOsOKcgEYbzqwtC33axDG1YEcKs", wishes()),
              "'x y'");
    EXPECT_EQ(read("T/7SvR61UlSlR1y3plTIfVzrrb6SiOjhRQjXOR49voOmwnEAS1Bxx92NU5+Ux+6y", wishes()),
              "42");
    auto other = wishes();
    other.cipher = "aes_256_ctr";
    other.hash = "sha512";
    other.iterations = 20;
    EXPECT_EQ(read("oBGlhedn5dfOxjxkMiqexU1CZU9ou8n2Xhl7L9Ck26dWU3wGmfbqZyg=", other), "guest");
}

TEST(ValueCipher, every_cipher_and_hash_reads_what_it_wrote) {
    for (const auto& cipher : cipher_names())
        for (const auto& hash : hash_names()) {
            auto with = wishes();
            with.cipher = cipher;
            with.hash = hash;
            const auto text = encrypt_value("a value", with);
            ASSERT_TRUE(text) << cipher << " " << hash << ": " << text.error();
            EXPECT_EQ(decrypt_value(*text, with).value_or("nothing"), "a value") << cipher;
        }
    EXPECT_GT(cipher_names().size(), 10u);
    EXPECT_GT(hash_names().size(), 5u);
}

TEST(ValueCipher, no_two_texts_are_the_same) {
    EXPECT_NE(encrypt_value("a value", wishes()).value(),
              encrypt_value("a value", wishes()).value());
}

TEST(ValueCipher, what_cannot_be_read_is_refused) {
    const std::string text = encrypt_value(std::string(40, 'x'), wishes()).value();
    EXPECT_NE(decrypt_value(text, wishes("another")).value_or(""), std::string(40, 'x'));
    EXPECT_FALSE(decrypt_value("", wishes()));
    EXPECT_FALSE(decrypt_value("AAAA", wishes()));
    EXPECT_FALSE(decrypt_value("!!!!", wishes()));
    EXPECT_FALSE(decrypt_value(text.substr(0, 48), wishes()));
    auto unknown = wishes();
    unknown.cipher = "rot13";
    EXPECT_EQ(encrypt_value("x", unknown).error(), "The requested cipher is not supported");
    unknown = wishes();
    unknown.hash = "crc32";
    EXPECT_EQ(encrypt_value("x", unknown).error(), "The requested hash is not supported");
}

TEST(ErlangTerms, are_read_as_they_are_written) {
    for (const std::string_view text :
         {"<<\"guest\">>", "\"a word\"", "atom", "'an atom'", "42", "-1", "300", "\"\"", "<<\"\">>",
          "\"with \\\" and \\\\\""}) {
        const auto term = parse_term(text);
        ASSERT_TRUE(term) << text;
        EXPECT_EQ(to_text(*term), text);
        const auto external = to_external(*term);
        ASSERT_TRUE(external) << text;
        EXPECT_EQ(from_external(*external), term) << text;
    }
    EXPECT_EQ(parse_term(" <<>>. "), (ErlangTerm{ErlangTerm::Kind::binary, ""}));
}

TEST(ErlangTerms, others_are_none) {
    for (const std::string_view text : {"", "{a,1}", "two words", "Variable", "<<\"open", "\"open",
                                        "'open", "<<1>>", "99999999999", "\"one\"two\"", "\"\\\""})
        EXPECT_FALSE(parse_term(text)) << text;
}

TEST(ErlangTerms, any_cut_of_their_bytes_is_none) {
    for (const std::string_view text : {"<<\"guest\">>", "\"a word\"", "atom", "42", "300"}) {
        const std::string whole = *to_external(*parse_term(text));
        for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
            EXPECT_FALSE(from_external(std::string_view(whole).substr(0, bytes))) << text;
        EXPECT_FALSE(from_external(whole + "x")) << text;
    }
    EXPECT_FALSE(from_external("\x83\x68"));
}

}  // namespace
}  // namespace warren::config
