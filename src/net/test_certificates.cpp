#include "net/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/ensure.h"

namespace warren::net {

namespace {

void add_extension(X509* certificate, X509* issuer, int type, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, type, value.c_str());
    ENSURE(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void set_subject(X509* certificate, const TestCertificateSpec& spec) {
    X509_NAME* name = X509_get_subject_name(certificate);
    for (const auto& [attribute, value] : spec.subject) {
        const bool joined = attribute.starts_with('+');
        const std::string type = joined ? attribute.substr(1) : attribute;
        ENSURE(X509_NAME_add_entry_by_txt(name, type.c_str(), MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(value.data()),
                                          static_cast<int>(value.size()), -1,
                                          joined ? -1 : 0) == 1);
    }
}

}  // namespace

TestCertificate make_certificate(const TestCertificateSpec& spec, const TestCertificate* issuer) {
    static long serial = 0;
    TestCertificate made{std::unique_ptr<EVP_PKEY, TestKeyFree>(EVP_EC_gen("P-256")),
                         std::unique_ptr<X509, TestKeyFree>(X509_new())};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, made.key.get());
    set_subject(certificate, spec);
    X509* issuing = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuing));
    add_extension(certificate, issuing, NID_basic_constraints,
                  spec.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (!spec.alternative_names.empty())
        add_extension(certificate, issuing, NID_subject_alt_name, spec.alternative_names);
    X509_sign(certificate, (issuer != nullptr ? *issuer : made).key.get(), EVP_sha256());
    return made;
}

TestFolder::TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "warren-net-XXXXXX";
    path_ = mkdtemp(pattern.data());
}

TestFolder::~TestFolder() {
    std::filesystem::remove_all(path_);
}

std::string TestFolder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
}

std::string TestFolder::write_certificate(const std::string& name,
                                          const TestCertificate& of) const {
    BIO* file = BIO_new_file(path(name).c_str(), "w");
    PEM_write_bio_X509(file, of.certificate.get());
    BIO_free(file);
    return path(name);
}

std::string TestFolder::write_key(const std::string& name, const TestCertificate& of,
                                  const std::string& password) const {
    BIO* file = BIO_new_file(path(name).c_str(), "w");
    const auto* secret = reinterpret_cast<const unsigned char*>(password.data());
    PEM_write_bio_PrivateKey(file, of.key.get(), password.empty() ? nullptr : EVP_aes_128_cbc(),
                             secret, static_cast<int>(password.size()), nullptr, nullptr);
    BIO_free(file);
    return path(name);
}

TestPki::TestPki()
    : ca(make_certificate(
          {.subject = {{"CN", "test CA"}}, .alternative_names = "", .is_ca = true})) {
    const TestCertificate server =
        make_certificate({.subject = {{"CN", "localhost"}}, .alternative_names = ""}, &ca);
    const TestCertificate client = make_certificate(
        {.subject = {{"O", "Acme"}, {"CN", "client"}}, .alternative_names = "DNS:client.acme"},
        &ca);
    ca_file = folder.write_certificate("ca.pem", ca);
    server_certificate = folder.write_certificate("server.pem", server);
    server_key = folder.write_key("server.key", server);
    client_certificate = folder.write_certificate("client.pem", client);
    client_key = folder.write_key("client.key", client);
}

}  // namespace warren::net
