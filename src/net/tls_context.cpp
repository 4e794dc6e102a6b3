#include "net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "net/socket.h"

namespace warren::net {

namespace {

using Outcome = Result<void, std::string>;

std::unexpected<std::string> failed_with(std::string_view what) {
    return fail(fmt::format("{}: {}", what, take_tls_errors()));
}

int protocol_number(TlsVersion version) {
    switch (version) {
        case TlsVersion::tls1_0:
            return TLS1_VERSION;
        case TlsVersion::tls1_1:
            return TLS1_1_VERSION;
        case TlsVersion::tls1_2:
            return TLS1_2_VERSION;
        case TlsVersion::tls1_3:
            break;
    }
    return TLS1_3_VERSION;
}

bool is_tls1_3_suite(const std::string& cipher) {
    return cipher.starts_with("TLS_");
}

std::string join(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ":"));
}

// OpenSSL keeps the suites of TLS 1.3 apart from those of the versions before. A version for which
// no suite is listed is not offered, as with RabbitMQ, where the list is one.
Outcome use_ciphers(SSL_CTX* context, const TlsSettings& settings,
                    std::vector<TlsVersion>& versions) {
    if (settings.ciphers.empty()) return {};
    std::vector<std::string> suites;
    std::vector<std::string> older;
    for (const std::string& cipher : settings.ciphers)
        (is_tls1_3_suite(cipher) ? suites : older).push_back(cipher);
    if (!suites.empty() && SSL_CTX_set_ciphersuites(context, join(suites).c_str()) != 1)
        return failed_with(fmt::format("TLS 1.3 cipher suites {}", join(suites)));
    if (!older.empty() && SSL_CTX_set_cipher_list(context, join(older).c_str()) != 1)
        return failed_with(fmt::format("TLS ciphers {}", join(older)));
    std::erase_if(versions, [&](TlsVersion version) {
        return version == TlsVersion::tls1_3 ? suites.empty() : older.empty();
    });
    if (versions.empty())
        return fail(std::string("none of the TLS ciphers belongs to an enabled TLS version"));
    return {};
}

Outcome use_versions(SSL_CTX* context, const std::vector<TlsVersion>& versions) {
    if (versions.empty()) return fail(std::string("no TLS version is enabled"));
    const auto [lowest, highest] = std::minmax_element(versions.begin(), versions.end());
    if (SSL_CTX_set_min_proto_version(context, protocol_number(*lowest)) != 1 ||
        SSL_CTX_set_max_proto_version(context, protocol_number(*highest)) != 1)
        return failed_with("TLS versions");
    const auto enabled = [&](TlsVersion version) {
        return std::find(versions.begin(), versions.end(), version) != versions.end();
    };
    // Gaps between the lowest and the highest.
    if (!enabled(TlsVersion::tls1_1)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_1);
    if (!enabled(TlsVersion::tls1_2)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_2);
    return {};
}

int give_password(char* buffer, int size, int, void* settings) {
    const std::string& password = static_cast<const TlsSettings*>(settings)->key_password;
    const int bytes = std::min(size, static_cast<int>(password.size()));
    std::copy_n(password.data(), bytes, buffer);
    return bytes;
}

Outcome use_certificate(SSL_CTX* context, const TlsSettings& settings) {
    const std::string& certificate = settings.certificate_file;
    const std::string& key = settings.key_file;
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        return failed_with(fmt::format("TLS certificate file {}", certificate));
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, const_cast<TlsSettings*>(&settings));
    const bool key_read = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    if (!key_read) return failed_with(fmt::format("TLS private key file {}", key));
    if (SSL_CTX_check_private_key(context) != 1)
        return failed_with(fmt::format("TLS private key file {} does not belong to certificate {}",
                                       key, certificate));
    return {};
}

Outcome use_verification(SSL_CTX* context, const TlsSettings& settings, bool is_server) {
    if (!settings.ca_file.empty()) {
        const char* file = settings.ca_file.c_str();
        if (SSL_CTX_load_verify_locations(context, file, nullptr) != 1)
            return failed_with(fmt::format("TLS CA certificate file {}", settings.ca_file));
        if (is_server) SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file));
    }
    if (!settings.verify_peer) return {};
    if (settings.ca_file.empty())
        return fail(std::string("TLS peers cannot be verified without a CA certificate file"));
    int mode = SSL_VERIFY_PEER;
    if (settings.fail_if_no_peer_certificate) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, mode, nullptr);
    SSL_CTX_set_verify_depth(context, settings.depth);
    return {};
}

void use_modes(SSL_CTX* context, const TlsSettings& settings) {
    // An idle connection gives its record buffers back: 34 KiB of them.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_options(context, settings.client_renegotiation ? SSL_OP_ALLOW_CLIENT_RENEGOTIATION
                                                               : SSL_OP_NO_RENEGOTIATION);
    if (settings.honor_cipher_order) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Sessions are resumed by tickets, which cost the server no memory and no lock.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    constexpr std::string_view session_context = "warrenmq";
    SSL_CTX_set_session_id_context(context,
                                   reinterpret_cast<const unsigned char*>(session_context.data()),
                                   session_context.size());
    if (!settings.reuse_sessions) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
    }
}

Result<std::shared_ptr<const TlsContext>, std::string> build(const TlsSettings& settings,
                                                             bool is_server) {
    ERR_clear_error();
    auto result = std::make_shared<const TlsContext>(
        SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), is_server);
    SSL_CTX* context = result->get();
    if (context == nullptr) return failed_with("TLS");
    std::vector<TlsVersion> versions = settings.versions;
    Outcome outcome = use_ciphers(context, settings, versions);
    if (outcome) outcome = use_versions(context, versions);
    if (outcome && (is_server || !settings.certificate_file.empty()))
        outcome = use_certificate(context, settings);
    if (outcome) outcome = use_verification(context, settings, is_server);
    if (!outcome) return fail(std::move(outcome.error()));
    use_modes(context, settings);
    return result;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>, std::string> TlsContext::for_server(
    const TlsSettings& settings) {
    return build(settings, true);
}

Result<std::shared_ptr<const TlsContext>, std::string> TlsContext::for_client(
    const TlsSettings& settings) {
    return build(settings, false);
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

std::string take_tls_errors() {
    std::vector<std::string> reasons;
    while (const unsigned long code = ERR_get_error()) {
        const char* known = ERR_reason_error_string(code);
        std::string reason = known != nullptr         ? known
                             : ERR_SYSTEM_ERROR(code) ? error_text(ERR_GET_REASON(code))
                                                      : fmt::format("error {:#x}", code);
        // OpenSSL repeats a file's error on each layer that it passes.
        if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
            reasons.push_back(std::move(reason));
    }
    return reasons.empty() ? "no reason given" : fmt::format("{}", fmt::join(reasons, ", "));
}

}  // namespace warren::net
