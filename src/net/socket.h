#pragma once
// A stream socket: owns the descriptor, reads and writes without blocking, and turns errno into the
// few outcomes that its users tell apart.
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace warren::net {

// What became of a read or write.
struct IoOutcome {
    enum class Kind : std::uint8_t {
        done,          // `bytes` were moved, at least one
        would_block,   // nothing to read, or no room to write
        end_of_input,  // the peer has sent all it will send
        failed,        // `error` says why
    };

    Kind kind;
    std::size_t bytes = 0;
    int error = 0;  // errno
};

class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(); }

    int descriptor() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    int release() { return std::exchange(descriptor_, -1); }
    void close();

private:
    int descriptor_ = -1;
};

// On descriptors, because a socket that waits in an event loop is owned by it.
IoOutcome read_some(int descriptor, std::span<std::byte> into);
// Fills one after the other.
IoOutcome read_some(int descriptor, std::span<const iovec> into);
IoOutcome write_some(int descriptor, std::span<const iovec> from);

// "connection reset by peer" for an errno; never the same text for two different ones.
std::string error_text(int error);

}  // namespace warren::net
