// Runs a fuzz target without a fuzzer: every file of the given files and folders, so that inputs
// which once broke something stay tests in every build, and then changed copies of them from a
// seed. The same seed and files give the same run.
//
// Usage: target [--seed N] [--rounds N] FILE_OR_FOLDER...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t rounds = 1000;  // changed copies of each input
    std::vector<std::filesystem::path> paths;
};

Options parse(int count, char** arguments) {
    Options options;
    for (int index = 1; index < count; ++index) {
        const std::string_view argument = arguments[index];
        const bool has_value = index + 1 < count;
        if (argument == "--seed" && has_value)
            options.seed = std::strtoull(arguments[++index], nullptr, 10);
        else if (argument == "--rounds" && has_value)
            options.rounds = std::strtoull(arguments[++index], nullptr, 10);
        else
            options.paths.emplace_back(argument);
    }
    return options;
}

Input read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Input(std::istreambuf_iterator<char>(file), {});
}

std::vector<Input> read_all(const std::vector<std::filesystem::path>& paths) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        if (!std::filesystem::is_directory(path)) {
            files.push_back(path);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(path))
            if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);  // folders come in any order
    std::vector<Input> inputs;
    for (const auto& file : files)
        inputs.push_back(read_file(file));
    return inputs;
}

void run(const Input& input) {
    // From memory of exactly that size: a sanitizer sees every read past its end.
    const Input exact(input);
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// A few small changes: octets replaced, pieces cut out, repeated or taken from another input.
Input changed(Input input, const std::vector<Input>& inputs, warren::Prng& prng) {
    for (auto changes = 1 + prng.below(4); changes != 0; --changes) {
        const std::size_t from = input.empty() ? 0 : prng.below(input.size());
        const auto at = input.begin() + static_cast<std::ptrdiff_t>(from);
        const std::size_t bytes = input.empty() ? 0 : 1 + prng.below(input.size() - from);
        const auto end = at + static_cast<std::ptrdiff_t>(bytes);
        switch (prng.below(5)) {
            case 0:
                if (at != input.end()) *at = static_cast<std::uint8_t>(prng.next());
                break;
            case 1:
                if (at != input.end()) *at ^= static_cast<std::uint8_t>(1u << prng.below(8));
                break;
            case 2:
                input.erase(at, end);
                break;
            case 3: {
                const Input piece(at, end);
                input.insert(at, piece.begin(), piece.end());
                break;
            }
            default: {
                const Input& other = inputs[prng.below(inputs.size())];
                const std::size_t skipped = other.empty() ? 0 : prng.below(other.size());
                input.erase(at, input.end());
                input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(skipped),
                             other.end());
            }
        }
    }
    return input;
}

}  // namespace

int main(int count, char** arguments) {
    const Options options = parse(count, arguments);
    const std::vector<Input> inputs = read_all(options.paths);
    if (inputs.empty()) {
        std::fprintf(stderr, "no input files\n");
        return 1;
    }
    std::printf("replaying %zu inputs, then %llu changed copies of each from seed %llu\n",
                inputs.size(), static_cast<unsigned long long>(options.rounds),
                static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    for (const Input& input : inputs)
        run(input);
    warren::Prng prng(options.seed);
    for (const Input& input : inputs)
        for (std::uint64_t round = 0; round < options.rounds; ++round)
            run(changed(input, inputs, prng));
    return 0;
}
