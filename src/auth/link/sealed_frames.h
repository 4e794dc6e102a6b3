#pragma once
// What is said on a link once the handshake is done (link_format.h): frames that nobody else can
// read, change, repeat, leave out or put into another order. One sealer and one opener an end.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "auth/link/link_crypto.h"
#include "base/bytes.h"

struct evp_cipher_ctx_st;  // OpenSSL's EVP_CIPHER_CTX

namespace warren::auth {

struct FreeCipher {
    void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, FreeCipher>;

class FrameSealer {
public:
    explicit FrameSealer(const Bytes32& key);

    // As long as the frame of so much content is.
    static std::size_t frame_bytes(std::size_t content_bytes);
    // `content` has 1..frame_content_bytes_max bytes, `frame` as many as frame_bytes() says. False:
    // the link cannot go on.
    [[nodiscard]] bool seal(ByteView content, std::span<std::byte> frame);

private:
    CipherContext context_;  // null: OpenSSL refuses
    std::uint64_t next_ = 0;
};

class FrameOpener {
public:
    explicit FrameOpener(const Bytes32& key);

    // Appends the content of all whole frames to `content`, and returns how many bytes they were.
    // Nothing: a frame is not what the other side sent; what came before it is in `content`.
    [[nodiscard]] std::optional<std::size_t> open(ByteView input, std::string& content);

private:
    bool open_frame(ByteView frame, std::string& content);

    CipherContext context_;
    std::uint64_t next_ = 0;
};

}  // namespace warren::auth
