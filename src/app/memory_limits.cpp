#include "app/memory_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace warren::app {

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A hierarchy of control groups that can limit memory, as it is mounted.
struct Hierarchy {
    std::string mount_point;
    std::string mounted_group;  // the group that the mount point shows: not "/" in some containers
    std::string limit_file;
    bool version_2 = false;
};

// /proc/self/mountinfo writes blanks and the like as \040.
std::string unescaped(std::string_view text) {
    constexpr std::size_t escape_bytes = 4;
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text[at] == '\\' && at + escape_bytes <= text.size();
        if (!is_escape) {
            result += text[at];
            continue;
        }
        result += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                    (text[at + 3] - '0'));
        at += escape_bytes - 1;
    }
    return result;
}

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (list.substr(0, comma) == word) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

// One line: "31 23 0:28 ROOT MOUNT_POINT OPTIONS [FIELDS...] - TYPE SOURCE SUPER_OPTIONS".
std::optional<Hierarchy> hierarchy_of(const std::string& line) {
    std::istringstream words(line);
    std::string id, parent, device, group, mount_point, word;
    words >> id >> parent >> device >> group >> mount_point;
    while (words >> word && word != "-") {
    }
    std::string type, source, options;
    words >> type >> source >> options;
    if (type == "cgroup2")
        return Hierarchy{unescaped(mount_point), unescaped(group), "memory.max", true};
    if (type == "cgroup" && has_word(options, "memory"))
        return Hierarchy{unescaped(mount_point), unescaped(group), "memory.limit_in_bytes", false};
    return std::nullopt;
}

std::vector<Hierarchy> memory_hierarchies(const std::string& root) {
    std::vector<Hierarchy> result;
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);)
        if (auto hierarchy = hierarchy_of(line)) result.push_back(std::move(*hierarchy));
    return result;
}

// The group that this process is in: from "0::/GROUP" (version 2) or "4:memory:/GROUP".
std::string own_group(const std::string& root, bool version_2) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
        const bool is_it = version_2 ? controllers.empty() : has_word(controllers, "memory");
        if (is_it) return line.substr(second + 1);
    }
    return "/";
}

// A file that holds one number; none for "max" or a file that is not there.
std::uint64_t limit_in(const std::string& path) {
    std::ifstream file(path);
    std::uint64_t bytes = 0;
    return file >> bytes ? bytes : unlimited;
}

// The group's path below the mount point; empty if it lies elsewhere and cannot be seen.
std::string visible_path(const Hierarchy& hierarchy, const std::string& group) {
    const std::string& top = hierarchy.mounted_group;
    std::string path = top == "/" ? group : "";
    if (group.starts_with(top + "/")) path = group.substr(top.size());
    return path.starts_with('/') && path != "/" ? path : "";
}

std::uint64_t smallest_limit(const std::string& root, const Hierarchy& hierarchy) {
    std::uint64_t bytes = unlimited;
    std::string path = visible_path(hierarchy, own_group(root, hierarchy.version_2));
    while (true) {
        bytes = std::min(bytes, limit_in(fmt::format("{}{}{}/{}", root, hierarchy.mount_point, path,
                                                     hierarchy.limit_file)));
        if (path.empty()) return bytes;
        path.erase(path.rfind('/'));
    }
}

std::uint64_t machine_memory_bytes(const std::string& root) {
    constexpr std::uint64_t bytes_per_kib = 1024;
    std::ifstream file(root + "/proc/meminfo");
    std::string name;
    std::uint64_t kib = 0;
    while (file >> name >> kib) {
        if (name == "MemTotal:") return kib * bytes_per_kib;
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return unlimited;
}

}  // namespace

std::uint64_t available_memory_bytes(const std::string& root) {
    std::uint64_t bytes = machine_memory_bytes(root);
    for (const Hierarchy& hierarchy : memory_hierarchies(root))
        bytes = std::min(bytes, smallest_limit(root, hierarchy));
    return bytes;
}

namespace {

struct PagesInUse {
    std::uint64_t resident = 0;
    std::uint64_t of_files = 0;  // of these: the program and its libraries
};

PagesInUse pages_in_use() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    PagesInUse pages;
    file >> total >> pages.resident >> pages.of_files;
    return pages;
}

std::uint64_t page_bytes() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::uint64_t used_memory_bytes() {
    return pages_in_use().resident * page_bytes();
}

std::uint64_t program_memory_bytes() {
    return pages_in_use().of_files * page_bytes();
}

}  // namespace warren::app
