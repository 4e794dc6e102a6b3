// hot-path NAME MESSAGES FOLDER: runs one path; without arguments it lists them. Made to be counted
// (bench/instructions.py), not timed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "bench/hot_path/hot_path.h"

int main(int argc, char** argv) {
    using namespace warren::bench;
    const auto& paths = hot_paths();
    if (argc == 1) {
        for (const HotPath& path : paths)
            std::printf("%.*s\n", static_cast<int>(path.name.size()), path.name.data());
        return 0;
    }
    const auto path = std::ranges::find(paths, std::string_view(argv[1]), &HotPath::name);
    if (argc != 4 || path == paths.end()) {
        std::fprintf(stderr, "usage: %s NAME MESSAGES FOLDER\n", argv[0]);
        return 2;
    }
    warren::log::set_all_thresholds(warren::log::Level::none);
    const std::string fault = run(*path, std::strtoull(argv[2], nullptr, 10), argv[3]);
    if (!fault.empty()) std::fprintf(stderr, "%s: %s\n", argv[1], fault.c_str());
    return fault.empty() ? 0 : 1;
}
