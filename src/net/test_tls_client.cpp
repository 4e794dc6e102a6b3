#include "net/test_tls_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace warren::net {

TestTlsClient::TestTlsClient(Socket socket, const TlsSettings& settings)
    : socket_(std::move(socket)), engine_(*TlsContext::for_client(settings).value()) {}

void TestTlsClient::write_ciphertext() {
    std::array<iovec, 16> pieces;
    while (true) {
        const std::size_t count = engine_.ciphertext().gather(pieces);
        if (count == 0) return;
        const IoOutcome outcome = write_some(socket_.descriptor(), {pieces.data(), count});
        if (outcome.kind != IoOutcome::Kind::done) return;
        engine_.ciphertext().consume(outcome.bytes);
    }
}

bool TestTlsClient::read_ciphertext(bool wait) {
    pollfd waiting{.fd = socket_.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, wait ? 10'000 : 0) != 1) return !wait;
    std::array<std::byte, 65'536> buffer;
    const IoOutcome outcome = read_some(socket_.descriptor(), buffer);
    if (outcome.kind != IoOutcome::Kind::done) return false;
    input_.erase(0, input_.size() - engine_.input_left());
    input_ += as_text({buffer.data(), outcome.bytes});
    engine_.set_input(as_bytes(input_));
    return true;
}

bool TestTlsClient::shake_hands() {
    while (true) {
        const auto status = engine_.handshake();
        write_ciphertext();
        if (status == TlsEngine::Status::done) return true;
        if (status != TlsEngine::Status::needs_input || !read_ciphertext(true)) return false;
    }
}

std::string TestTlsClient::exchange(const std::string& sent) {
    engine_.write(as_bytes(sent));
    std::string received;
    std::array<std::byte, 65'536> room;
    while (received.size() < sent.size()) {
        write_ciphertext();
        if (!read_ciphertext(engine_.ciphertext().empty())) break;
        while (true) {
            const auto read = engine_.read(room);
            received += as_text({room.data(), read.bytes});
            if (read.status != TlsEngine::Status::done) break;
        }
    }
    return received;
}

bool TestTlsClient::receive_close_notify() {
    std::array<std::byte, 100> room;
    while (true) {
        const auto read = engine_.read(room);
        if (read.status == TlsEngine::Status::closed) return true;
        if (read.status == TlsEngine::Status::failed || !read_ciphertext(true)) return false;
    }
}

}  // namespace warren::net
