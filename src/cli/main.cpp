// rabbitmqctl and its siblings, in one program that looks by which name it was called.
#include <string>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
    const std::vector<std::string> typed(argv + 1, argv + argc);
    return warren::cli::run(warren::cli::tool_named(argv[0]), typed);
}
