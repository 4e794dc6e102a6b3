#include "cli/tls_pipe.h"

#include <array>

#include "net/tls_context.h"

namespace warren::cli {

namespace {

using Status = net::TlsEngine::Status;

}  // namespace

Result<std::unique_ptr<TlsPipe>, std::string> TlsPipe::open(std::unique_ptr<Pipe> below,
                                                            const net::TlsSettings& settings) {
    auto context = net::TlsContext::for_client(settings);
    if (!context) return fail(std::move(context.error()));
    std::unique_ptr<TlsPipe> pipe(new TlsPipe(std::move(below), std::move(*context)));
    if (auto done = pipe->shake_hands(); !done) return fail("TLS: " + done.error());
    return pipe;
}

Result<void, std::string> TlsPipe::shake_hands() {
    while (true) {
        const Status status = engine_.handshake();
        if (auto sent = send_ciphertext(); !sent) return sent;
        if (status == Status::done) return {};
        if (status == Status::failed) return fail(engine_.error());
        const auto more = receive_ciphertext();
        if (!more) return fail(more.error());
        if (!*more) return fail(std::string("the other side closed the connection"));
    }
}

Result<void, std::string> TlsPipe::send_ciphertext() {
    OutputBuffer& output = engine_.ciphertext();
    while (!output.empty()) {
        std::array<iovec, 1> oldest{};
        output.gather(oldest);
        const ByteView bytes(static_cast<const std::byte*>(oldest[0].iov_base), oldest[0].iov_len);
        if (auto sent = below_->send(bytes); !sent) return sent;
        output.consume(bytes.size());
    }
    return {};
}

Result<bool, std::string> TlsPipe::receive_ciphertext() {
    input_.erase(0, input_.size() - engine_.input_left());
    std::array<std::byte, 16'384> piece;
    const auto bytes = below_->receive(piece);
    if (!bytes) return fail(bytes.error());
    input_.append(as_text(ByteView(piece).first(*bytes)));
    engine_.set_input(as_bytes(input_));
    return *bytes > 0;
}

Result<void, std::string> TlsPipe::send(ByteView bytes) {
    if (!engine_.write(bytes)) return fail("TLS: " + engine_.error());
    return send_ciphertext();
}

Result<std::size_t, std::string> TlsPipe::receive(std::span<std::byte> into) {
    while (true) {
        const auto read = engine_.read(into);
        if (auto sent = send_ciphertext(); !sent) return fail(sent.error());
        if (read.bytes > 0) return read.bytes;
        if (read.status == Status::failed) return fail("TLS: " + engine_.error());
        if (read.status == Status::closed) return 0;
        const auto more = receive_ciphertext();
        if (!more) return fail(more.error());
        if (!*more) return 0;
    }
}

}  // namespace warren::cli
