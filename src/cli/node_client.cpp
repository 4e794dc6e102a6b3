#include "cli/node_client.h"

#include <fmt/format.h>

#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <utility>

#include "cli/link.h"
#include "cli/table.h"

namespace warren::cli {

namespace beast = boost::beast::http;

namespace {

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

Result<void, std::string> NodeClient::connect() {
    if (pipe_ != nullptr) return {};
    auto by_socket = connect_to_socket();
    if (by_socket) return {};
    auto link = open_link(place_.link, patience_);
    if (!link) return fail(fmt::format("{}\n{}", by_socket.error(), link.error()));
    pipe_ = std::move(*link);
    is_remote_ = true;
    process_ = 0;
    return {};
}

Result<void, std::string> NodeClient::connect_to_socket() {
    auto socket = connect_to_folder(place_.data_folder);
    if (!socket) return fail(std::move(socket.error()));
    process_ = (*socket)->process();
    is_remote_ = false;
    pipe_ = std::move(*socket);
    if (!place_.is_named) return {};
    auto checked = check_name();
    if (!checked) pipe_.reset();
    return checked;
}

// A folder found by the environment is that of whatever node is there; one that was named must be
// the one that answers.
Result<void, std::string> NodeClient::check_name() {
    const auto reply = exchange({.path = "/api/nodes?columns=name"});
    if (!reply) return fail(reply.error());
    boost::system::error_code error;
    const json::value nodes = json::parse(reply->body, error);
    const json::array* list = nodes.if_array();
    const json::object* node =
        list == nullptr || list->empty() ? nullptr : list->front().if_object();
    const json::value* name = node == nullptr ? nullptr : node->if_contains("name");
    if (name != nullptr && name->is_string() && view(name->get_string()) == place_.name) return {};
    return fail(fmt::format("{} belongs to another node", place_.data_folder));
}

Result<Reply, std::string> NodeClient::receive(bool head_only) {
    beast::response_parser<beast::string_body> parser;
    parser.eager(true);
    parser.skip(head_only);
    parser.body_limit(boost::none);
    std::string unread;
    std::array<std::byte, 65'536> piece;
    const auto started = std::chrono::steady_clock::now();
    while (!parser.is_done()) {
        if (patience_ && std::chrono::steady_clock::now() - started > *patience_)
            return fail("it did not answer in time");
        const auto bytes = pipe_->receive(piece);
        if (!bytes) return fail(bytes.error());
        if (*bytes == 0) return fail("it closed the connection");
        unread.append(as_text(ByteView(piece).first(*bytes)));
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
    return exchange(question);
}

Result<Reply, std::string> NodeClient::exchange(const Question& question) {
    pipe_->set_patience(patience_);
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
    auto sent = pipe_->send(as_bytes(text));
    auto reply = sent ? receive(question.method == "HEAD") : fail(std::move(sent.error()));
    if (!reply) pipe_.reset();
    return reply;
}

int NodeClient::process() {
    return connect() ? process_ : 0;
}

}  // namespace warren::cli
