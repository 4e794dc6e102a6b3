#pragma once
// How a listener (or, later, a client) speaks TLS: RabbitMQ's ssl_options as plain values.
#include <cstdint>
#include <string>
#include <vector>

namespace warren::net {

enum class TlsVersion : std::uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };

struct TlsSettings {
    std::string certificate_file;  // PEM, the chain after the certificate
    std::string key_file;          // PEM
    std::string key_password;      // empty: the key is not encrypted
    std::string ca_file;           // PEM; needed to verify peers
    bool verify_peer = false;
    bool fail_if_no_peer_certificate = false;
    int depth = 10;  // intermediate certificates at most
    std::vector<TlsVersion> versions{TlsVersion::tls1_2, TlsVersion::tls1_3};
    std::vector<std::string> ciphers;  // OpenSSL's names, best first; empty: OpenSSL's choice
    bool honor_cipher_order = false;
    bool client_renegotiation = true;  // TLS 1.2
    bool reuse_sessions = true;
};

}  // namespace warren::net
