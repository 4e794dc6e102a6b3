// What Raft costs a quorum queue: time of a start and of an entry, memory of a group that idles.
//     ninja -C build/release raft-cost && build/release/bin/raft-cost
#include <fmt/format.h>
#include <malloc.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "cluster/raft/raft_group.h"

namespace {

using namespace warren::cluster;

constexpr RaftServerId self{1};
constexpr std::array<RaftServerId, 1> voters{self};

template <typename Work>
double seconds_of(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::size_t heap_bytes() {
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

template <typename T>
T must(warren::Result<T, std::string> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "raft-cost: {}\n", result.error());
    std::exit(1);
}

void measure_groups() {
    constexpr int count = 100'000;
    std::vector<RaftGroup> groups;
    groups.reserve(count);
    const HardState stored{.term = 1, .vote = self, .last_index = 100, .last_term = 1};
    const std::size_t before = heap_bytes();
    const double seconds = seconds_of([&] {
        for (int group = 0; group < count; ++group)
            groups.push_back(must(RaftGroup::start({self, voters}, stored)));
    });
    fmt::print("start            {:6.0f} ns\n", seconds * 1e9 / count);
    for (RaftGroup& group : groups)
        must(group.persisted(must(group.propose())));
    fmt::print("an idle group    {:6} bytes of heap, {} where it is held\n",
               (heap_bytes() - before) / count, sizeof(RaftGroup));
}

void measure_entries(int in_flight) {
    constexpr int count = 4'000'000;
    RaftGroup group = must(RaftGroup::start({self, voters}, {}));
    const double seconds = seconds_of([&] {
        for (int entry = 0; entry < count; entry += in_flight) {
            std::uint64_t last = 0;
            for (int proposed = 0; proposed < in_flight; ++proposed)
                last = must(group.propose());
            must(group.persisted(last));
        }
    });
    fmt::print("an entry         {:6.0f} ns, {} persisted at once\n", seconds * 1e9 / count,
               in_flight);
}

}  // namespace

int main() {
    measure_groups();
    measure_entries(1);
    measure_entries(16);
}
