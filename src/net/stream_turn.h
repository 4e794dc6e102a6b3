#pragma once
// What the streams of one shard share: its event loop, its read buffers, and the lists of streams
// that need something at the end of the turn. Filled by streams, emptied by their
// ConnectionRegistry.
#include <memory>
#include <span>
#include <vector>

#include "base/limits.h"
#include "net/fwd.h"
#include "runtime/fwd.h"

namespace warren::net {

class StreamTurn {
public:
    StreamTurn(runtime::Shard& its_shard, SessionFactory& its_factory)
        : shard(its_shard), factory(its_factory) {}

    // Good until the stream that asked returns to the event loop.
    std::span<std::byte> read_buffer() { return of(read_buffer_); }
    // Where TLS decrypts to.
    std::span<std::byte> plaintext_buffer() { return of(plaintext_buffer_); }

    runtime::Shard& shard;
    SessionFactory& factory;

    std::vector<TcpStream*> to_flush;  // each at most once
    std::vector<TcpStream*> to_read;   // each at most once: their last read has filled the buffer
    std::vector<TcpStream*> dead;
    bool has_new_work =
        false;  // input was given to a session after this turn's other hooks had run

private:
    static std::span<std::byte> of(std::unique_ptr<std::byte[]>& buffer) {
        if (!buffer)
            buffer = std::make_unique_for_overwrite<std::byte[]>(limits::read_buffer_bytes);
        return {buffer.get(), limits::read_buffer_bytes};
    }

    std::unique_ptr<std::byte[]> read_buffer_;
    std::unique_ptr<std::byte[]> plaintext_buffer_;
};

}  // namespace warren::net
