#include "net/local_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace warren::net {

Result<ListeningSocket, std::string> open_local_socket(const std::string& folder,
                                                       const std::string& name) {
    const std::string path = folder + "/" + name;
    const auto failed = [&] {
        return fail(fmt::format("cannot listen on {}: {}", path, error_text(errno)));
    };
    constexpr int backlog = 64;
    constexpr mode_t only_owner = S_IRUSR | S_IWUSR;
    const Socket place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!place.is_open() || !socket.is_open()) return failed();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string short_path = fmt::format("/proc/self/fd/{}/{}", place.descriptor(), name);
    if (short_path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return failed();
    }
    std::memcpy(address.sun_path, short_path.c_str(), short_path.size() + 1);
    ::unlink(path.c_str());
    // Linux gives the file the mode that the socket has.
    if (::fchmod(socket.descriptor(), only_owner) != 0 ||
        ::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0 ||
        ::listen(socket.descriptor(), backlog) != 0)
        return failed();
    return ListeningSocket{std::move(socket), {path, 0}};
}

bool is_of_owner(int descriptor) {
    ucred peer{};
    socklen_t bytes = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace warren::net
