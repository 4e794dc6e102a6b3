#pragma once
// How much memory there is for this process and how much it uses, as the kernel says.
#include <cstdint>
#include <string>

namespace warren::app {

// Memory that this process may use: the machine's, or the smallest limit of its control group and
// of all groups above that can be seen (versions 1 and 2, each or both). `root` stands before /proc
// and before the mount points named there, for tests.
std::uint64_t available_memory_bytes(const std::string& root = "");

// Resident memory of this process.
std::uint64_t used_memory_bytes();
// Of that, what is the program itself and its libraries.
std::uint64_t program_memory_bytes();

}  // namespace warren::app
