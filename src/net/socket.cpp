#include "net/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace warren::net {

namespace {

IoOutcome failure(int error) {
    if (error == EAGAIN || error == EWOULDBLOCK) return {IoOutcome::Kind::would_block};
    return {IoOutcome::Kind::failed, 0, error};
}

}  // namespace

void Socket::close() {
    // Linux frees the descriptor whatever close() returns; trying again could close somebody
    // else's.
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

IoOutcome read_some(int descriptor, std::span<std::byte> into) {
    while (true) {
        const ssize_t count = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
        if (count > 0) return {IoOutcome::Kind::done, static_cast<std::size_t>(count)};
        if (count == 0) return {IoOutcome::Kind::end_of_input};
        if (errno != EINTR) return failure(errno);
    }
}

IoOutcome read_some(int descriptor, std::span<const iovec> into) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(into.data());
    message.msg_iovlen = into.size();
    while (true) {
        const ssize_t count = ::recvmsg(descriptor, &message, MSG_DONTWAIT);
        if (count > 0) return {IoOutcome::Kind::done, static_cast<std::size_t>(count)};
        if (count == 0) return {IoOutcome::Kind::end_of_input};
        if (errno != EINTR) return failure(errno);
    }
}

IoOutcome write_some(int descriptor, std::span<const iovec> from) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    while (true) {
        const ssize_t count = ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) return {IoOutcome::Kind::done, static_cast<std::size_t>(count)};
        if (errno != EINTR) return failure(errno);
    }
}

std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace warren::net
