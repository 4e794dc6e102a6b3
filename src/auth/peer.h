#pragma once
// What is known about the other end of a connection before anyone has logged in.
#include <string>

namespace warren::auth {

struct Peer {
    bool is_loopback = false;  // 127.0.0.0/8, ::1, or a local socket
    bool is_tls = false;
    bool has_certificate = false;  // verified by the TLS handshake
    std::string certificate_name;  // user name found in it (ssl_cert_login_from); empty: none
};

}  // namespace warren::auth
