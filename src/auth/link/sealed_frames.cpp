#include "auth/link/sealed_frames.h"

#include <openssl/evp.h>

#include <array>

#include "auth/link/link_format.h"
#include "base/ensure.h"

namespace warren::auth {

namespace {

namespace format = link_format;

enum class Way : int { open = 0, seal = 1 };

constexpr std::size_t gcm_nonce_bytes = 12;
using GcmNonce = std::array<std::byte, gcm_nonce_bytes>;

unsigned char* raw(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}
const unsigned char* raw(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}

CipherContext make_context(const Bytes32& key, Way way) {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (context && EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key.data()),
                                     nullptr, static_cast<int>(way)) != 1)
        context.reset();
    return context;
}

// The next frame's: its number and its length.
bool start_frame(evp_cipher_ctx_st* context, std::uint64_t number, ByteView length, Way way) {
    GcmNonce nonce{};
    store_big_endian(nonce.data() + (nonce.size() - sizeof number), number);
    int bytes = 0;
    return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, raw(nonce.data()),
                             static_cast<int>(way)) == 1 &&
           EVP_CipherUpdate(context, nullptr, &bytes, raw(length.data()),
                            static_cast<int>(length.size())) == 1;
}

}  // namespace

void FreeCipher::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

FrameSealer::FrameSealer(const Bytes32& key) : context_(make_context(key, Way::seal)) {}

std::size_t FrameSealer::frame_bytes(std::size_t content_bytes) {
    return content_bytes + format::frame_overhead_bytes;
}

bool FrameSealer::seal(ByteView content, std::span<std::byte> frame) {
    ENSURE(!content.empty() && content.size() <= format::frame_content_bytes_max);
    ENSURE(frame.size() == frame_bytes(content.size()));
    store_big_endian(frame.data(), static_cast<std::uint16_t>(content.size()));
    const ByteView length = frame.first(format::frame_length_bytes);
    if (!context_ || !start_frame(context_.get(), next_++, length, Way::seal)) return false;
    std::byte* const body = frame.data() + length.size();
    std::byte* const tag = body + content.size();
    int bytes = 0;
    return EVP_CipherUpdate(context_.get(), raw(body), &bytes, raw(content.data()),
                            static_cast<int>(content.size())) == 1 &&
           EVP_CipherFinal_ex(context_.get(), raw(tag), &bytes) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, format::frame_tag_bytes,
                               tag) == 1;
}

FrameOpener::FrameOpener(const Bytes32& key) : context_(make_context(key, Way::open)) {}

std::optional<std::size_t> FrameOpener::open(ByteView input, std::string& content) {
    std::size_t taken = 0;
    while (true) {
        ByteReader reader(input.subspan(taken));
        const std::size_t bytes = reader.u16();
        if (!reader.ok()) return taken;
        if (bytes == 0 || bytes > format::frame_content_bytes_max) return std::nullopt;
        const std::size_t whole = bytes + format::frame_overhead_bytes;
        if (input.size() - taken < whole) return taken;
        if (!open_frame(input.subspan(taken, whole), content)) return std::nullopt;
        taken += whole;
    }
}

bool FrameOpener::open_frame(ByteView frame, std::string& content) {
    const ByteView length = frame.first(format::frame_length_bytes);
    const ByteView body =
        frame.subspan(format::frame_length_bytes, frame.size() - format::frame_overhead_bytes);
    std::array<std::byte, format::frame_tag_bytes> tag;
    std::memcpy(tag.data(), frame.data() + (frame.size() - tag.size()), tag.size());
    if (!context_ || !start_frame(context_.get(), next_++, length, Way::open)) return false;
    const std::size_t before = content.size();
    content.resize(before + body.size());
    int bytes = 0;
    const bool opened =
        EVP_CipherUpdate(context_.get(), reinterpret_cast<unsigned char*>(content.data()) + before,
                         &bytes, raw(body.data()), static_cast<int>(body.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, format::frame_tag_bytes,
                            tag.data()) == 1 &&
        EVP_CipherFinal_ex(context_.get(), nullptr, &bytes) == 1;
    // What has not been authenticated is not shown to anybody.
    if (!opened) content.resize(before);
    return opened;
}

}  // namespace warren::auth
