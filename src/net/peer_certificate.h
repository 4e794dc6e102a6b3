#pragma once
// What the broker wants to know about a peer's certificate: the names it proves (for EXTERNAL) and
// what listings show.
#include <cstdint>
#include <string>
#include <vector>

struct x509_st;  // OpenSSL's X509

namespace warren::net {

// Kinds of subject alternative names that RabbitMQ can log in with (ssl_cert_login_san_type).
enum class AlternativeNameKind : std::uint8_t { dns, email, uri, ip, other_name };

struct AlternativeName {
    AlternativeNameKind kind;
    std::string value;

    bool operator==(const AlternativeName&) const = default;
};

struct PeerCertificate {
    // Distinguished names as RabbitMQ writes them, after RFC 4514: "CN=client,O=Acme,C=DE".
    std::string subject;
    std::string issuer;
    std::vector<std::string> common_names;  // of the subject, in the certificate's order
    std::vector<AlternativeName> alternative_names;
    std::string validity;  // "2024-01-01T00:00:00Z - 2034-01-01T00:00:00Z"
};

PeerCertificate describe_certificate(x509_st* certificate);

}  // namespace warren::net
