#pragma once
// A non-blocking socket seen through edge-triggered epoll: it remembers whether reading or writing
// would make progress. Reading goes through one large buffer that all streams of a worker take in
// turn (ReadArena), so that it stays in the cache; only the cut frame at the end of a read is kept
// by the stream itself.
#include <sys/epoll.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace loadgen {

struct ReadArena {
    static constexpr std::size_t bytes = 512 * 1024;
    std::unique_ptr<char[]> memory = std::make_unique<char[]>(bytes);
};

class Stream {
public:
    // Takes the socket over. `unread` are octets that were read from it before.
    Stream(int fd, std::string unread);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void note_events(std::uint32_t events);
    bool readable() const { return readable_; }
    bool writable() const { return writable_; }
    int fd() const { return fd_; }
    // Gives the socket away; the destructor leaves it alone.
    int release();

    // Reads once into the arena, behind what an earlier read left over. An empty view: nothing
    // there, or the end.
    std::string_view receive(ReadArena& arena);
    // Keeps what was not used of the view that receive() gave.
    void keep(std::string_view rest) { rest_.assign(rest); }
    // Why the stream is over; empty while it lives.
    const std::string& end_reason() const { return end_reason_; }

    // Writes as much as the socket takes and returns how much that was.
    std::size_t write(std::string_view bytes);

private:
    int fd_;
    bool readable_ = true;
    bool writable_ = true;
    bool peer_has_ended_ = false;
    std::string rest_;
    std::string end_reason_;
};

}  // namespace loadgen
