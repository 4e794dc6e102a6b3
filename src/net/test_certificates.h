#pragma once
// Certificates made while the tests run: a CA, what it signs, and the files that hold them.
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warren::net {

struct TestKeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};

struct TestCertificate {
    std::unique_ptr<EVP_PKEY, TestKeyFree> key;
    std::unique_ptr<X509, TestKeyFree> certificate;
};

struct TestCertificateSpec {
    // Attribute and value; the same attribute set for a second value in a row with a leading '+'.
    std::vector<std::pair<std::string, std::string>> subject;
    std::string alternative_names;  // as OpenSSL's configuration has them: "DNS:a,IP:127.0.0.1"
    bool is_ca = false;
};

// Signed by `issuer`, or by itself.
TestCertificate make_certificate(const TestCertificateSpec& spec,
                                 const TestCertificate* issuer = nullptr);

// A folder that goes with the object.
class TestFolder {
public:
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    // All return the file's path.
    std::string write(const std::string& name, const std::string& text) const;
    std::string write_certificate(const std::string& name, const TestCertificate& of) const;
    std::string write_key(const std::string& name, const TestCertificate& of,
                          const std::string& password = "") const;
    std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// A CA that has signed a server and a client, as files.
struct TestPki {
    TestPki();

    TestFolder folder;
    TestCertificate ca;
    std::string ca_file, server_certificate, server_key, client_certificate, client_key;
};

}  // namespace warren::net
