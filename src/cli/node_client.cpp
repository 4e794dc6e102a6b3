#include "cli/node_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "app/config/config_paths.h"

namespace warren::cli {

namespace beast = boost::beast::http;

namespace {

std::string system_text() {
    return std::strerror(errno);
}

// As a header's value may be.
std::string in_one_line(std::string_view text) {
    std::string line(text);
    for (char& letter : line)
        if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
    return line;
}

}  // namespace

std::string path_part(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
                           letter == '_' || letter == '.' || letter == '~';
        result += plain ? std::string(1, letter)
                        : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return result;
}

void NodeClient::close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Result<void, std::string> NodeClient::connect() {
    if (socket_ >= 0) return {};
    // By the folder's descriptor: its path may be longer than an address of a socket can be.
    const int folder = ::open(data_folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail(fmt::format("{}: {}", data_folder_, system_text()));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path =
        fmt::format("/proc/self/fd/{}/{}", folder, config::control_socket_name);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected =
        socket_ >= 0 &&
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const std::string error = connected ? "" : system_text();
    ::close(folder);
    if (connected) return {};
    close();
    return fail(fmt::format("{}/{}: {}", data_folder_, config::control_socket_name, error));
}

Result<void, std::string> NodeClient::send(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const auto bytes = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) return fail(system_text());
        sent += static_cast<std::size_t>(bytes);
    }
    return {};
}

Result<Reply, std::string> NodeClient::receive(bool head_only) {
    beast::response_parser<beast::string_body> parser;
    parser.eager(true);
    parser.skip(head_only);
    parser.body_limit(boost::none);
    std::string unread;
    std::array<char, 65'536> piece;
    const auto started = std::chrono::steady_clock::now();
    while (!parser.is_done()) {
        if (patience_ && std::chrono::steady_clock::now() - started > *patience_)
            return fail("it did not answer in time");
        const auto bytes = ::recv(socket_, piece.data(), piece.size(), 0);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return fail("it did not answer in time");
        if (bytes < 0) return fail(system_text());
        if (bytes == 0) return fail("it closed the connection");
        unread.append(piece.data(), static_cast<std::size_t>(bytes));
        boost::system::error_code error;
        const std::size_t taken = parser.put(boost::asio::buffer(unread), error);
        if (error && error != beast::error::need_more)
            return fail("its answer cannot be read: " + error.message());
        unread.erase(0, taken);
    }
    return Reply{parser.get().result_int(), std::move(parser.get().body())};
}

Result<Reply, std::string> NodeClient::ask(const Question& question) {
    if (auto connected = connect(); !connected) return fail(std::move(connected.error()));
    if (patience_) {
        const auto ms = patience_->count();
        const timeval wait{.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    }
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nhost: localhost\r\n", question.method, question.path);
    // "rmq-cli:": the socket itself says that this is the node's owner.
    constexpr std::string_view owner = "Basic cm1xLWNsaTo=";
    text += fmt::format("authorization: {}\r\n",
                        question.authorization.empty() ? owner : question.authorization);
    if (!question.reason.empty())
        text += fmt::format("x-reason: {}\r\n", in_one_line(question.reason));
    if (!question.body.empty()) text += "content-type: application/json\r\n";
    text += fmt::format("content-length: {}\r\n\r\n{}", question.body.size(), question.body);
    if (auto sent = send(text); !sent) return fail(std::move(sent.error()));
    auto reply = receive(question.method == "HEAD");
    if (!reply) close();
    return reply;
}

int NodeClient::process() {
    if (!connect()) return 0;
    ucred peer{};
    socklen_t bytes = sizeof peer;
    if (::getsockopt(socket_, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return 0;
    return peer.pid;
}

}  // namespace warren::cli
