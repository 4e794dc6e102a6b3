#include "stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace loadgen {

Stream::Stream(int fd, std::string unread) : fd_(fd), rest_(std::move(unread)) {
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

Stream::~Stream() {
    if (fd_ >= 0) close(fd_);
}

int Stream::release() {
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    return std::exchange(fd_, -1);
}

void Stream::note_events(std::uint32_t events) {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_has_ended_ = true;
    if ((events & EPOLLIN) != 0 || peer_has_ended_) readable_ = true;
    if ((events & EPOLLOUT) != 0) writable_ = true;
}

std::string_view Stream::receive(ReadArena& arena) {
    char* const start = arena.memory.get();
    std::memcpy(start, rest_.data(), rest_.size());
    const std::size_t room = ReadArena::bytes - rest_.size();
    const ssize_t got = recv(fd_, start + rest_.size(), room, 0);
    if (got <= 0) {
        readable_ = false;
        const bool nothing_yet =
            got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
        if (!nothing_yet) {
            end_reason_ = got == 0 ? "the broker ended the connection without a word"
                                   : std::string("cannot read: ") + std::strerror(errno);
        }
        return {};
    }
    // A short read has emptied the socket: epoll tells of whatever comes next. At the end of the
    // stream there may be no further event, so there it goes on until recv says 0.
    readable_ = static_cast<std::size_t>(got) == room || peer_has_ended_;
    return {start, rest_.size() + static_cast<std::size_t>(got)};
}

std::size_t Stream::write(std::string_view bytes) {
    if (bytes.empty() || !end_reason_.empty()) return 0;
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        writable_ = false;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
        // Read on: the broker's reason for closing is probably waiting there.
        readable_ = true;
        return 0;
    }
    if (static_cast<std::size_t>(sent) < bytes.size()) writable_ = false;
    return static_cast<std::size_t>(sent);
}

}  // namespace loadgen
