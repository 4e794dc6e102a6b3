#pragma once
// The keys that all listeners with TLS have, under a prefix of each: "ssl_options.certfile",
// "management.ssl.certfile".
#include <string>
#include <vector>

#include "app/config/bindings.h"

namespace warren::config {

using TlsOf = TlsOptions& (*)(Config& config);

// Files, password and whether the peer is looked at. `prefix` ends with its dot.
void add_tls_identity_bindings(std::vector<Binding>& list, const std::string& prefix, TlsOf of);
// How a connection is made: depth, order of ciphers, renegotiation, sessions.
void add_tls_session_bindings(std::vector<Binding>& list, const std::string& prefix, TlsOf of);

}  // namespace warren::config
