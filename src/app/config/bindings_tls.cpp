#include "app/config/bindings_tls.h"

#include "app/config/assign.h"

namespace warren::config {

namespace {

template <auto Member>
void add(std::vector<Binding>& list, const std::string& key, TlsOf of) {
    list.push_back({key, [of](const Application& a) { assign(of(a.config).*Member, a.value); }});
}

}  // namespace

void add_tls_identity_bindings(std::vector<Binding>& list, const std::string& prefix, TlsOf of) {
    add<&TlsOptions::cacertfile>(list, prefix + "cacertfile", of);
    add<&TlsOptions::certfile>(list, prefix + "certfile", of);
    add<&TlsOptions::keyfile>(list, prefix + "keyfile", of);
    add<&TlsOptions::password>(list, prefix + "password", of);
    add<&TlsOptions::fail_if_no_peer_cert>(list, prefix + "fail_if_no_peer_cert", of);
    list.push_back({prefix + "verify", [of](const Application& a) {
                        of(a.config).verify_peer = a.text() == "verify_peer";
                    }});
}

void add_tls_session_bindings(std::vector<Binding>& list, const std::string& prefix, TlsOf of) {
    add<&TlsOptions::depth>(list, prefix + "depth", of);
    add<&TlsOptions::honor_cipher_order>(list, prefix + "honor_cipher_order", of);
    add<&TlsOptions::client_renegotiation>(list, prefix + "client_renegotiation", of);
    add<&TlsOptions::reuse_sessions>(list, prefix + "reuse_sessions", of);
}

}  // namespace warren::config
