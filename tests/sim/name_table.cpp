#include "tests/sim/name_table.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/ensure.h"

namespace warren::sim {

std::string normal_path(std::string_view path) {
    std::string normal;
    for (const auto part : std::views::split(path, '/')) {
        const std::string_view name(part.begin(), part.end());
        if (name.empty() || name == ".") continue;
        if (!normal.empty() || path.starts_with('/')) normal += '/';
        normal += name;
    }
    return normal;
}

std::string parent_of(const std::string& normal_path) {
    const std::size_t slash = normal_path.rfind('/');
    return slash == std::string::npos ? std::string() : normal_path.substr(0, slash);
}

std::vector<std::string> NameTable::Change::names() const {
    std::vector<std::string> names;
    for (const std::string& name : {from, to})
        if (!name.empty()) names.push_back(name);
    return names;
}

std::shared_ptr<Inode> NameTable::find(const std::string& path) const {
    const auto found = seen_.find(path);
    return found == seen_.end() ? nullptr : found->second;
}

bool NameTable::is_folder(const std::string& path) const {
    return path.empty() || folders_.contains(path);
}

std::vector<storage::FileEntry> NameTable::list(const std::string& folder) const {
    std::vector<storage::FileEntry> entries;
    const auto name_of = [&](const std::string& path) {
        return path.substr(folder.empty() ? 0 : folder.size() + 1);
    };
    for (const auto& [path, inode] : seen_)
        if (parent_of(path) == folder)
            entries.push_back({.name = name_of(path), .bytes = inode->size()});
    for (const std::string& path : folders_)
        if (parent_of(path) == folder)
            entries.push_back({.name = name_of(path), .bytes = 0, .directory = true});
    std::ranges::sort(entries, {}, &storage::FileEntry::name);
    return entries;
}

std::shared_ptr<Inode> NameTable::create(const std::string& path) {
    auto inode = std::make_shared<Inode>();
    add({.from = {}, .to = path, .inode = inode});
    return inode;
}

void NameTable::remove(const std::string& path) {
    add({.from = path, .to = {}, .inode = find(path)});
}

void NameTable::rename(const std::string& from, const std::string& to) {
    if (from != to) add({.from = from, .to = to, .inode = find(from)});
}

void NameTable::add_folder(const std::string& path) {
    folders_.insert(path);
}

void NameTable::add(Change change) {
    ENSURE(change.inode != nullptr);
    apply(change, seen_);
    changes_.push_back(std::move(change));
}

void NameTable::apply(const Change& change, Names& names) {
    if (!change.from.empty()) names.erase(change.from);
    if (!change.to.empty()) names[change.to] = change.inode;
}

void NameTable::sync(const std::string& folder) {
    for (const Change& change : take_changes_in(folder))
        apply(change, stable_);
}

void NameTable::fail_sync(const std::string& folder, Prng& prng) {
    settle(take_changes_in(folder), prng);
}

void NameTable::lose_power(Prng& prng) {
    settle(std::exchange(changes_, {}), prng);
    seen_ = stable_;
    for (const auto& [path, inode] : seen_)
        inode->lose_power(prng);
}

// Those that the folder's names hang on come along: a file that was moved here from another folder
// is not on stable storage twice.
std::vector<NameTable::Change> NameTable::take_changes_in(const std::string& folder) {
    std::set<std::string> names_taken;
    std::vector<Change> taken;
    std::vector<Change> left;
    for (Change& change : std::views::reverse(changes_)) {
        const std::vector<std::string> names = change.names();
        const bool takes = std::ranges::any_of(names, [&](const std::string& name) {
            return parent_of(name) == folder || names_taken.contains(name);
        });
        if (takes) names_taken.insert(names.begin(), names.end());
        (takes ? taken : left).push_back(std::move(change));
    }
    std::ranges::reverse(taken);
    std::ranges::reverse(left);
    changes_ = std::move(left);
    return taken;
}

// Every change arrives or not by itself, but those of one name arrive in their order: what was made
// at a name that had become free is not there while the name is still taken.
void NameTable::settle(const std::vector<Change>& changes, Prng& prng) {
    enum : std::uint64_t { nothing, everything, anything, fates };
    const std::uint64_t fate = prng.below(fates);
    std::set<std::string> names_held_up;
    for (const Change& change : changes) {
        const std::vector<std::string> names = change.names();
        const bool held_up = std::ranges::any_of(
            names, [&](const std::string& name) { return names_held_up.contains(name); });
        const bool arrives = fate == everything || (fate == anything && prng.below(2) == 0);
        if (arrives && !held_up)
            apply(change, stable_);
        else
            names_held_up.insert(names.begin(), names.end());
    }
}

}  // namespace warren::sim
