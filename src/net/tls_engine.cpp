#include "net/tls_engine.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "base/ensure.h"
#include "net/tls_context.h"

namespace warren::net {

// OpenSSL reads and writes through a BIO; this one takes from the engine's input and appends to its
// output, without a copy in between.
struct TlsEngineIo {
    static TlsEngine& engine_of(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, std::size_t bytes_max, std::size_t* bytes) {
        ByteView& input = engine_of(bio).input_;
        BIO_clear_retry_flags(bio);
        *bytes = std::min(bytes_max, input.size());
        if (*bytes == 0) {
            BIO_set_retry_read(bio);
            return 0;
        }
        std::memcpy(into, input.data(), *bytes);
        input = input.subspan(*bytes);
        return 1;
    }

    static int write(BIO* bio, const char* from, std::size_t bytes_max, std::size_t* bytes) {
        BIO_clear_retry_flags(bio);
        engine_of(bio).output_.append({reinterpret_cast<const std::byte*>(from), bytes_max});
        *bytes = bytes_max;
        return 1;
    }

    static long control(BIO*, int command, long, void*) {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    // One for the process, never freed: connections may outlive any other owner.
    static const BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "warren");
            BIO_meth_set_read_ex(method, read);
            BIO_meth_set_write_ex(method, write);
            BIO_meth_set_ctrl(method, control);
            return method;
        }();
        return made;
    }
};

TlsEngine::TlsEngine(const TlsContext& context) : ssl_(SSL_new(context.get())) {
    BIO* bio = BIO_new(TlsEngineIo::method());
    ENSURE(ssl_ != nullptr && bio != nullptr);  // memory ran out
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    if (context.is_server())
        SSL_set_accept_state(ssl_);
    else
        SSL_set_connect_state(ssl_);
}

TlsEngine::~TlsEngine() {
    SSL_free(ssl_);
}

TlsEngine::Status TlsEngine::fail_with_reason(int code) {
    switch (SSL_get_error(ssl_, code)) {
        case SSL_ERROR_WANT_READ:
            return Status::needs_input;
        case SSL_ERROR_ZERO_RETURN:
            return Status::closed;
        default:
            break;
    }
    error_ = take_tls_errors();
    const long verified = SSL_get_verify_result(ssl_);
    if (verified != X509_V_OK) {
        error_ += ": ";
        error_ += X509_verify_cert_error_string(verified);
    }
    return Status::failed;
}

TlsEngine::Status TlsEngine::handshake() {
    if (has_failed()) return Status::failed;
    ERR_clear_error();
    const int code = SSL_do_handshake(ssl_);
    return code == 1 ? Status::done : fail_with_reason(code);
}

TlsEngine::Read TlsEngine::read(std::span<std::byte> into) {
    if (has_failed()) return {Status::failed, 0};
    std::size_t total = 0;
    ERR_clear_error();
    while (total < into.size()) {
        std::size_t bytes = 0;
        const int code = SSL_read_ex(ssl_, into.data() + total, into.size() - total, &bytes);
        if (code != 1) return {fail_with_reason(code), total};
        total += bytes;
    }
    return {Status::done, total};
}

bool TlsEngine::write(ByteView plaintext) {
    if (has_failed()) return false;
    if (plaintext.empty()) return true;
    ERR_clear_error();
    std::size_t bytes = 0;
    const int code = SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &bytes);
    // The BIO takes everything, so a write is never left half done.
    if (code == 1) return true;
    // A write that waits for input is one of a renegotiation; nothing of ours starts one.
    if (fail_with_reason(code) != Status::failed) error_ = "renegotiation in the middle of a write";
    return false;
}

void TlsEngine::shut_down() {
    if (has_failed() || !SSL_is_init_finished(ssl_)) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
}

std::string TlsEngine::version() const {
    return SSL_get_version(ssl_);
}

std::string TlsEngine::cipher() const {
    return SSL_get_cipher_name(ssl_);
}

std::string TlsEngine::channel_binding() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    constexpr std::size_t binding_bytes = 32;
    // Without this, two connections of TLS 1.2 could be made to have the same one.
    if (SSL_version(ssl_) < TLS1_3_VERSION && SSL_get_extms_support(ssl_) != 1) return {};
    std::string binding(binding_bytes, '\0');
    constexpr unsigned char no_context[1] = {};
    if (SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char*>(binding.data()),
                                   binding.size(), label.data(), label.size(), no_context, 0,
                                   1) != 1)
        return {};
    return binding;
}

std::optional<PeerCertificate> TlsEngine::peer_certificate() const {
    X509* certificate = SSL_get0_peer_certificate(ssl_);
    const bool asked_for = (SSL_get_verify_mode(ssl_) & SSL_VERIFY_PEER) != 0;
    if (certificate == nullptr || !asked_for || SSL_get_verify_result(ssl_) != X509_V_OK)
        return std::nullopt;
    return describe_certificate(certificate);
}

}  // namespace warren::net
