#include "faults.h"

namespace crash {

void Faults::add(const std::string& kind, const std::string& example) {
    constexpr std::uint64_t examples_max = 4;
    Kind& known = kinds_[kind];
    if (++known.count > examples_max || example.empty()) return;
    known.examples += (known.examples.empty() ? ": " : ", ") + example;
}

std::vector<std::string> Faults::lines() const {
    std::vector<std::string> lines;
    lines.reserve(kinds_.size());
    for (const auto& [text, kind] : kinds_)
        lines.push_back(text + " (" + std::to_string(kind.count) + " times)" + kind.examples);
    return lines;
}

}  // namespace crash
