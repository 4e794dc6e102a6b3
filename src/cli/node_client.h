#pragma once
// Asks a node in the HTTP API's words: by its control socket, or, where that does not lead to it,
// by a link over TCP. One question at a time, waited for.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/locate.h"
#include "cli/pipe.h"

namespace warren::cli {

struct Reply {
    unsigned status = 0;
    std::string body;
};

struct Question {
    std::string_view method = "GET";
    std::string path;             // "/api/queues/%2F"
    std::string body{};           // JSON
    std::string authorization{};  // somebody else's credentials; empty: the node's owner's
    std::string reason{};         // told to those who suffer it (X-Reason); one line
};

class NodeClient {
public:
    explicit NodeClient(NodePlace place) : place_(std::move(place)) {}
    NodeClient(const NodeClient&) = delete;
    NodeClient& operator=(const NodeClient&) = delete;

    // Where the node would have its data, were it on this machine.
    const std::string& data_folder() const { return place_.data_folder; }
    const config::CookiePlaces& cookie_places() const { return place_.link.cookie; }
    // By its name it is on another machine.
    bool is_elsewhere() const { return place_.is_elsewhere; }
    // Asked by TCP: its files may not be this machine's. Once something has been asked.
    bool is_remote() const { return is_remote_; }
    // The whole answer has to be there within so long; nothing: it may take as long as it takes.
    void set_patience(Patience patience) { patience_ = patience; }

    // The error says why the node cannot be asked, for people; a line for each way that was tried.
    Result<Reply, std::string> ask(const Question& question);
    // The node's process; 0: none answers, or not on this machine.
    int process();

private:
    Result<void, std::string> connect();
    Result<void, std::string> connect_to_socket();
    Result<void, std::string> check_name();
    Result<Reply, std::string> exchange(const Question& question);
    Result<Reply, std::string> receive(bool head_only);

    NodePlace place_;
    Patience patience_;
    std::unique_ptr<Pipe> pipe_;  // null: not connected
    bool is_remote_ = false;
    int process_ = 0;
};

// "a b/c" as a part of a path: "a%20b%2Fc".
std::string path_part(std::string_view text);

}  // namespace warren::cli
