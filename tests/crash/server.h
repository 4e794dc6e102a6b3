#pragma once
// The process under test, on a data folder of its own and a port that the system chooses.
#include <sys/types.h>

#include <string>
#include <vector>

namespace crash {

struct ServerOptions {
    std::string binary;
    std::string folder;  // holds the data folder, configuration and log
    std::vector<std::string> config_lines;
};

class Server {
public:
    explicit Server(ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Starts the process and returns at once.
    void spawn();
    // Until it listens; false when it ends instead, or takes too long.
    bool wait_until_ready();
    void kill();
    void ask_to_stop();
    // After ask_to_stop(): whether it ends with exit code 0 in time. It is killed if not.
    bool wait_until_stopped();
    bool running() const { return pid_ > 0; }

    std::uint16_t port() const { return port_; }
    std::string data_folder() const { return options_.folder + "/data"; }
    std::string log_file() const { return options_.folder + "/log"; }

private:
    bool reap(bool wait);

    ServerOptions options_;
    pid_t pid_ = 0;
    int status_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace crash
