#pragma once
// What the streams of one shard share: its event loop, its read buffers, and the lists of streams
// that need something at the end of the turn. Filled by streams, emptied by their
// ConnectionRegistry.
#include <cstddef>
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

    // False: what is ready to be read waits for its turn, so that one turn is never so long that
    // others (queues, timers, consumers) wait for it noticeably.
    bool may_read_more() const { return read_bytes < read_bytes_per_turn; }

    // False: so do streams that have something to write.
    bool may_write_more() const { return written_bytes < limits::written_bytes_per_turn; }

    // Good until the stream that asked returns to the event loop.
    std::span<std::byte> read_buffer() { return of(read_buffer_); }
    // Where TLS decrypts to.
    std::span<std::byte> plaintext_buffer() { return of(plaintext_buffer_); }

    runtime::Shard& shard;
    SessionFactory& factory;

    std::vector<TcpStream*> to_flush;  // each at most once
    std::vector<TcpStream*> to_read;   // each at most once, in order: known to have input
    // Not to be read before a time on the shard's steady clock; pauses are alike, so the first in
    // here are the first to go on, or nearly.
    struct Resting {
        TcpStream* stream;
        std::int64_t until_ns;
    };
    std::vector<Resting> resting;
    std::vector<TcpStream*> dead;
    std::uint32_t strangers = 0;  // see StreamProfile::strangers_max
    std::size_t read_bytes = 0;   // by all streams in this turn
    std::size_t written_bytes = 0;
    bool has_new_work =
        false;  // input was given to a session after this turn's other hooks had run

private:
    static constexpr std::size_t read_bytes_per_turn = limits::read_buffer_bytes;

    static std::span<std::byte> of(std::unique_ptr<std::byte[]>& buffer) {
        if (!buffer)
            buffer = std::make_unique_for_overwrite<std::byte[]>(limits::read_buffer_bytes);
        return {buffer.get(), limits::read_buffer_bytes};
    }

    std::unique_ptr<std::byte[]> read_buffer_;
    std::unique_ptr<std::byte[]> plaintext_buffer_;
};

}  // namespace warren::net
