#include "auth/certificate_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace warren::auth {
namespace {

// Made by openssl; the ends below are what it says of them.
constexpr const char* first =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbDCCAROgAwIBAgIUUH/28eYDsoy7b1ECsjq695tau/UwCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjIwNjU5MDFaFw0zNjExMTkwNjU5MDFaMAwx\n"
    "CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARNZw+Z+2jiw++p\n"
    "jzDvaR30wjVh09Uci376kSZVL0TFwXMfrUS5GM0CPplQOyUPa8O6BeiqPxSPVlYW\n"
    "gCS40lS3o1MwUTAdBgNVHQ4EFgQUZDhLX4VvlkYSuDhcwaWM0aWdkUUwHwYDVR0j\n"
    "BBgwFoAUZDhLX4VvlkYSuDhcwaWM0aWdkUUwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
    "hkjOPQQDAgNHADBEAiB9Hdf9ijE2bF+irxCTD4v8Pap703TqBEMFOv5iqXSKagIg\n"
    "FcHgl1oyy14W6bbfVqHfC11VE/9AMupqEc8/j2YJOMM=\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* second =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbDCCAROgAwIBAgIUbQQ62b27FU4eof4q9Dh5sbMmhMUwCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBYjAeFw0yNjExMjIwNjU5MDJaFw00NjExMTcwNjU5MDJaMAwx\n"
    "CjAIBgNVBAMMAWIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQpr5HmthAultpc\n"
    "btJXKmUmVuxqKjfhpG4qvQ+iG4le3xKSdOUZFqeIfxgA0haQZaZR1iRZrzwVPwn1\n"
    "0b9e91/9o1MwUTAdBgNVHQ4EFgQU/mH7kkrmajrWX+mWTEK5YcQEtQEwHwYDVR0j\n"
    "BBgwFoAU/mH7kkrmajrWX+mWTEK5YcQEtQEwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
    "hkjOPQQDAgNHADBEAiA09/QNJmwqNoPMCMTuUEA2ZR9O7kLWQG8dmjKFc2oDNgIg\n"
    "SnFiKlsI4jPa5c+7TRJ8qWkUVsDno1pLn4ohcPyu0EE=\n"
    "-----END CERTIFICATE-----\n";

class CertificateFiles : public testing::Test {
protected:
    CertificateFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "warren_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~CertificateFiles() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& content) const {
        std::ofstream(folder_ + "/file.pem", std::ios::binary) << content;
        return folder_ + "/file.pem";
    }

    std::string folder_;
};

TEST_F(CertificateFiles, say_when_each_certificate_ends) {
    const std::string content = std::string("a comment\n") + first + second;
    const auto read = read_certificate_file(write(content));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->pem, content);
    ASSERT_EQ(read->ends.size(), 2u);
    EXPECT_EQ(expiry_text(read->ends[0]), "2036-11-19 06:59:01");
    EXPECT_EQ(expiry_text(read->ends[1]), "2046-11-17 06:59:02");
}

TEST_F(CertificateFiles, say_what_is_wrong_with_them) {
    EXPECT_EQ(read_certificate_file("/nowhere/x.pem").error(),
              "/nowhere/x.pem: No such file or directory");
    const std::string empty = write("");
    EXPECT_EQ(read_certificate_file(empty).error(), empty + ": there is no certificate in it");
    const std::string whole = first;
    for (std::size_t bytes = 1; bytes + 2 < whole.size(); bytes += 7)
        EXPECT_FALSE(read_certificate_file(write(whole.substr(0, bytes)))) << bytes;
    EXPECT_FALSE(read_certificate_file(folder_));
}

}  // namespace
}  // namespace warren::auth
