#pragma once
// Bytes to a node and back, waited for. Pipes are put into each other: a socket, TLS on it
// (tls_pipe.h), a link on either (link.h).
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/socket.h"

namespace warren::cli {

using Patience = std::optional<std::chrono::milliseconds>;

class Pipe {
public:
    virtual ~Pipe() = default;

    // All of it.
    virtual Result<void, std::string> send(ByteView bytes) = 0;
    // Waits for at least one byte; 0: the node sends no more.
    virtual Result<std::size_t, std::string> receive(std::span<std::byte> into) = 0;
    // How long one receive() may wait; nothing: as long as it takes.
    virtual void set_patience(Patience patience) = 0;
};

class SocketPipe final : public Pipe {
public:
    explicit SocketPipe(net::Socket socket) : socket_(std::move(socket)) {}

    Result<void, std::string> send(ByteView bytes) override;
    Result<std::size_t, std::string> receive(std::span<std::byte> into) override;
    void set_patience(Patience patience) override;
    // Of a local socket: the process at its other end; 0: it is not known here.
    int process() const;

private:
    net::Socket socket_;  // blocking
};

// The errors say what was tried, and why it failed.
Result<std::unique_ptr<SocketPipe>, std::string> connect_to_folder(const std::string& data_folder);
Result<std::unique_ptr<SocketPipe>, std::string> connect_to_host(
    const std::string& host, std::uint16_t port, std::chrono::milliseconds patience);

}  // namespace warren::cli
