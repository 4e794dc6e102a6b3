#include "app/logging/gzip_file.h"

#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <vector>

namespace warren::logging {

void gzip_file(const std::string& path) {
    const std::string unfinished = path + ".gz.part";
    std::ifstream input(path, std::ios::binary);
    gzFile output = gzopen(unfinished.c_str(), "wb6");
    if (output == nullptr) return;
    std::vector<char> block(1u << 16);
    bool sound = input.is_open();
    while (sound && input) {
        input.read(block.data(), static_cast<std::streamsize>(block.size()));
        const auto bytes = static_cast<unsigned>(input.gcount());
        sound = !input.bad() &&
                (bytes == 0 || gzwrite(output, block.data(), bytes) == static_cast<int>(bytes));
    }
    sound = gzclose(output) == Z_OK && sound;
    if (sound && std::rename(unfinished.c_str(), (path + ".gz").c_str()) == 0)
        unlink(path.c_str());
    else
        unlink(unfinished.c_str());
}

}  // namespace warren::logging
