// What an unknown peer sends before it has shown that it knows the cookie, and sealed frames that
// somebody has made up. Nobody without the cookie comes through, and it does not matter how the
// bytes are cut.
#include <cstddef>
#include <cstdint>

#include "auth/link/link_handshake.h"
#include "auth/link/sealed_frames.h"
#include "base/ensure.h"

namespace {

using warren::ByteView;
using warren::auth::LinkHandshake;

LinkHandshake make(LinkHandshake::Role role) {
    warren::auth::LinkEntropy entropy;
    entropy.nonce.fill(std::byte{1});
    entropy.private_key.fill(std::byte{2});
    return LinkHandshake({role, "a cookie that inputs cannot know", "rabbit@here", ""}, entropy);
}

void check(LinkHandshake::Role role, ByteView input) {
    LinkHandshake whole = make(role);
    std::string answer;
    whole.begin(answer);
    const std::size_t taken = whole.on_bytes(input, answer);
    ENSURE(taken <= input.size());
    ENSURE(whole.state() != LinkHandshake::State::done);

    LinkHandshake in_pieces = make(role);
    std::string same_answer;
    in_pieces.begin(same_answer);
    std::size_t at = 0;
    for (std::size_t end = 1; end <= input.size(); ++end)
        at += in_pieces.on_bytes(input.subspan(at, end - at), same_answer);
    ENSURE(at == taken && same_answer == answer);
    ENSURE(in_pieces.state() == whole.state() && in_pieces.fault() == whole.fault());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), bytes);
    check(LinkHandshake::Role::client, input);
    check(LinkHandshake::Role::node, input);
    warren::auth::Bytes32 key{};
    std::string content;
    const auto opened = warren::auth::FrameOpener(key).open(input, content);
    ENSURE(!opened || *opened <= input.size());
    return 0;
}
