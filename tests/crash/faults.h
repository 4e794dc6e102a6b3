#pragma once
// Contradictions between what clients were promised and what they find, gathered by kind: a kind
// with thousands of cases must not hide another.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace crash {

class Faults {
public:
    // The kind: who or where, and what is wrong. The case: the first few are shown.
    void add(const std::string& kind, const std::string& example = "");
    bool any() const { return !kinds_.empty(); }
    // A line a kind.
    std::vector<std::string> lines() const;

private:
    struct Kind {
        std::uint64_t count = 0;
        std::string examples;
    };
    std::map<std::string, Kind> kinds_;
};

}  // namespace crash
