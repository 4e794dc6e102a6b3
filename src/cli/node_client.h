#pragma once
// Asks a node of this machine by its control socket, in the HTTP API's words. One question at a
// time, waited for.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

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
    // The data folder of the node that is meant.
    explicit NodeClient(std::string data_folder) : data_folder_(std::move(data_folder)) {}
    NodeClient(const NodeClient&) = delete;
    NodeClient& operator=(const NodeClient&) = delete;
    ~NodeClient() { close(); }

    const std::string& data_folder() const { return data_folder_; }
    // The whole answer has to be there within so long; nothing: it may take as long as it takes.
    void set_patience(std::optional<std::chrono::milliseconds> patience) { patience_ = patience; }

    // The error says why the node cannot be asked, for people.
    Result<Reply, std::string> ask(const Question& question);
    // The node's process, 0 if none answers there.
    int process();

private:
    Result<void, std::string> connect();
    Result<void, std::string> send(const std::string& text);
    Result<Reply, std::string> receive(bool head_only);
    void close();

    std::string data_folder_;
    std::optional<std::chrono::milliseconds> patience_;
    int socket_ = -1;
};

// "a b/c" as a part of a path: "a%20b%2Fc".
std::string path_part(std::string_view text);

}  // namespace warren::cli
