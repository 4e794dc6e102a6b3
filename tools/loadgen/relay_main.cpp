// warrenmq-relay [port]: the floor under every broker's figures, see relay.h. Prints its port and
// serves until it is told to end.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include "relay.h"

namespace {

loadgen::Relay* serving = nullptr;

void on_signal(int) {
    serving->stop();
}

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    if (argc > 1) {
        const char* const end = argv[1] + std::strlen(argv[1]);
        const auto [parsed_to, error] = std::from_chars(argv[1], end, port);
        if (error != std::errc{} || parsed_to != end) {
            std::fprintf(stderr, "usage: %s [port]\n", argv[0]);
            return 2;
        }
    }
    try {
        loadgen::Relay relay(port);
        serving = &relay;
        std::signal(SIGTERM, on_signal);
        std::signal(SIGINT, on_signal);
        std::printf("%u\n", relay.port());
        std::fflush(stdout);
        relay.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
