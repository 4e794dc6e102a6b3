#include "app/system_files.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace warren::app {

namespace {

std::string ports_path(const std::string& data_dir) {
    return data_dir + "/ports.json";
}

// Writes beside the target and renames over it.
Result<void, SystemError> write_whole(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    std::FILE* file = std::fopen(fresh.c_str(), "we");
    const bool written =
        file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (!written || !closed || std::rename(fresh.c_str(), path.c_str()) != 0)
        return fail(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    return {};
}

}  // namespace

Result<void, SystemError> prepare_data_dir(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(
            fmt::format("cannot create the data folder {}: {}; give another one with "
                        "--data-dir",
                        path, error.message()));
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return fail(
            fmt::format("the data folder {} cannot be written to: {}; mend its "
                        "permissions or give another one with --data-dir",
                        path, std::strerror(errno)));
    return {};
}

Result<void, SystemError> write_ports_file(const std::string& data_dir,
                                           const std::map<std::string, unsigned>& ports) {
    std::string text = "{";
    for (const auto& [name, port] : ports)
        text += fmt::format("{}\"{}\": {}", text.size() > 1 ? ", " : "", name, port);
    return write_whole(ports_path(data_dir), text + "}\n");
}

void remove_ports_file(const std::string& data_dir) {
    ::unlink(ports_path(data_dir).c_str());
}

Result<void, SystemError> write_pid_file(const std::string& path) {
    return write_whole(path, fmt::format("{}\n", ::getpid()));
}

void notify_systemd(const std::string& state) {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
    std::strcpy(address.sun_path, path);
    // A leading @ stands for the abstract name space.
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    const int handle = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) return;
    ::sendto(handle, state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), bytes);
    ::close(handle);
}

}  // namespace warren::app
