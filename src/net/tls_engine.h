#pragma once
// One TLS connection as a machine: ciphertext in and out on one side, plaintext on the other. Knows
// no socket. Lives on one shard.
//
// The owner shows input with set_input() (borrowed until replaced), calls handshake(), read() or
// write(), and sends what has gathered in ciphertext(). OpenSSL takes from the input what it needs.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/output_buffer.h"
#include "net/fwd.h"
#include "net/peer_certificate.h"

struct ssl_st;  // OpenSSL's SSL

namespace warren::net {

class TlsEngine {
public:
    enum class Status : std::uint8_t {
        done,  // the handshake is complete; read(): `into` has been filled as far as possible
        needs_input,  // all input is used up
        closed,       // the peer has said that it sends no more (close_notify)
        failed,       // error() says why; the connection cannot be used any more
    };
    struct Read {
        Status status;
        std::size_t bytes;  // given, whatever the status
    };

    explicit TlsEngine(const TlsContext& context);
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;
    ~TlsEngine();

    void set_input(ByteView ciphertext) { input_ = ciphertext; }
    // What has not been taken of it.
    std::size_t input_left() const { return input_.size(); }

    Status handshake();
    // Fills `into` from as many records as it takes.
    Read read(std::span<std::byte> into);
    // Encrypts all of it into ciphertext(). False: failed. Only after the handshake.
    bool write(ByteView plaintext);
    // Appends close_notify to ciphertext(), if the state of the connection allows it.
    void shut_down();

    OutputBuffer& ciphertext() { return output_; }
    const std::string& error() const { return error_; }

    // Once the handshake is done.
    std::string version() const;
    std::string cipher() const;
    // The "tls-exporter" of RFC 9266; empty where the connection cannot have one.
    std::string channel_binding() const;
    // Only a certificate that was asked for, and verified.
    std::optional<PeerCertificate> peer_certificate() const;

private:
    friend struct TlsEngineIo;  // OpenSSL's view of input_ and output_

    bool has_failed() const { return !error_.empty(); }
    Status fail_with_reason(int code);

    ssl_st* ssl_;
    ByteView input_;
    OutputBuffer output_;
    std::string error_;
};

}  // namespace warren::net
