#pragma once
// Certificate, key and rules for TLS connections, read from their files once. Immutable and counted
// by OpenSSL: connections keep the one they started with when a reload brings another.
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "net/tls_settings.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace warren::net {

class TlsContext {
public:
    // The error names what failed, the file and OpenSSL's reason, in one line.
    static Result<std::shared_ptr<const TlsContext>, std::string> for_server(
        const TlsSettings& settings);
    // For tests and outgoing links: `settings` may have no certificate.
    static Result<std::shared_ptr<const TlsContext>, std::string> for_client(
        const TlsSettings& settings);

    // Adopts one reference.
    TlsContext(ssl_ctx_st* context, bool is_server) : context_(context), is_server_(is_server) {}
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    ssl_ctx_st* get() const { return context_; }
    bool is_server() const { return is_server_; }

private:
    ssl_ctx_st* context_;
    bool is_server_;
};

// Takes OpenSSL's queue of errors of this thread and returns it as one line.
std::string take_tls_errors();

}  // namespace warren::net
