#include "server.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "clock.h"

namespace crash {
namespace {

constexpr double start_seconds_max = 60;
constexpr double stop_seconds_max = 30;

void pause_briefly() {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// The value of "amqp" in ports.json; 0 while it is not there or half written.
std::uint16_t port_in(const std::string& file) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    constexpr std::string_view key = "\"amqp\"";
    const std::size_t at = text.find(key);
    if (at == std::string::npos || text.find('}') == std::string::npos) return 0;
    const std::size_t digits = text.find_first_of("0123456789", at + key.size());
    std::uint16_t port = 0;
    if (digits != std::string::npos)
        std::from_chars(text.data() + digits, text.data() + text.size(), port);
    return port;
}

}  // namespace

Server::Server(ServerOptions options) : options_(std::move(options)) {
    std::filesystem::create_directories(data_folder());
    std::ofstream config(options_.folder + "/rabbitmq.conf");
    config << "listeners.tcp.1 = 127.0.0.1:0\n";
    for (const std::string& line : options_.config_lines)
        config << line << '\n';
}

Server::~Server() {
    kill();
}

void Server::spawn() {
    std::filesystem::remove(data_folder() + "/ports.json");
    const std::string config = options_.folder + "/rabbitmq.conf";
    const std::string log = log_file();
    const std::string data = data_folder();
    port_ = 0;
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl(options_.binary.c_str(), options_.binary.c_str(), "--config", config.c_str(),
          "--data-dir", data.c_str(), nullptr);
    _exit(127);
}

bool Server::reap(bool wait) {
    if (pid_ <= 0) return true;
    if (waitpid(pid_, &status_, wait ? 0 : WNOHANG) == 0) return false;
    pid_ = 0;
    return true;
}

bool Server::wait_until_ready() {
    const loadgen::Nanos limit = loadgen::monotonic_now() + loadgen::to_nanos(start_seconds_max);
    while (loadgen::monotonic_now() < limit) {
        port_ = port_in(data_folder() + "/ports.json");
        if (port_ != 0) return true;
        if (reap(false)) return false;
        pause_briefly();
    }
    return false;
}

void Server::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    reap(true);
}

void Server::ask_to_stop() {
    if (pid_ > 0) ::kill(pid_, SIGTERM);
}

bool Server::wait_until_stopped() {
    const loadgen::Nanos limit = loadgen::monotonic_now() + loadgen::to_nanos(stop_seconds_max);
    while (!reap(false)) {
        if (loadgen::monotonic_now() > limit) {
            kill();
            return false;
        }
        pause_briefly();
    }
    return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

}  // namespace crash
