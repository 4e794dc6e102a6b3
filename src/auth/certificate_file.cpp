#include "auth/certificate_file.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>

namespace warren::auth {

namespace {

// A bundle of all authorities of an operating system has some 200 kB.
constexpr std::size_t file_bytes_max = 4u << 20;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};

WallTime end_of(const X509* certificate) {
    constexpr std::int64_t ms_per_s = 1000;
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return {};
    return {static_cast<std::int64_t>(::timegm(&parts)) * ms_per_s};
}

}  // namespace

Result<CertificateFile, std::string> read_certificate_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(path + ": " + std::strerror(errno));
    CertificateFile read;
    read.pem.resize(file_bytes_max);
    file.read(read.pem.data(), static_cast<std::streamsize>(file_bytes_max));
    read.pem.resize(static_cast<std::size_t>(file.gcount()));
    const std::unique_ptr<BIO, FreeBio> bio(
        BIO_new_mem_buf(read.pem.data(), static_cast<int>(read.pem.size())));
    while (bio != nullptr) {
        const std::unique_ptr<X509, FreeCertificate> certificate(
            PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (certificate == nullptr) break;
        read.ends.push_back(end_of(certificate.get()));
    }
    ERR_clear_error();  // the end of the file is one to OpenSSL
    if (read.ends.empty()) return fail(path + ": there is no certificate in it");
    return read;
}

std::string expiry_text(WallTime time) {
    constexpr std::int64_t ms_per_s = 1000;
    const auto seconds = static_cast<std::time_t>(time.ms / ms_per_s);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    constexpr int years_from = 1900;
    return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + years_from,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace warren::auth
