#pragma once
// The names on the simulated disk: those that programs see, those on stable storage, and the
// changes in between. Folders are on stable storage as soon as they are there.
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "storage/file_io.h"
#include "tests/sim/inode.h"

namespace warren::sim {

// Without slashes that mean nothing; the current folder is the empty path.
std::string normal_path(std::string_view path);
std::string parent_of(const std::string& normal_path);

class NameTable {
public:
    using Names = std::map<std::string, std::shared_ptr<Inode>>;

    const Names& names() const { return seen_; }
    // Null: there is none.
    std::shared_ptr<Inode> find(const std::string& path) const;
    bool is_folder(const std::string& path) const;
    std::vector<storage::FileEntry> list(const std::string& folder) const;

    std::shared_ptr<Inode> create(const std::string& path);
    void remove(const std::string& path);
    void rename(const std::string& from, const std::string& to);
    void add_folder(const std::string& path);

    void sync(const std::string& folder);
    // Some changes in this folder have reached stable storage, the others never will.
    void fail_sync(const std::string& folder, Prng& prng);
    // Of the changes in all folders; and programs see it. The files lose what they have not synced.
    void lose_power(Prng& prng);

private:
    // The inode leaves a name, or comes to a name, or both in one step.
    struct Change {
        std::string from;
        std::string to;
        std::shared_ptr<Inode> inode;

        std::vector<std::string> names() const;
    };

    void add(Change change);
    static void apply(const Change& change, Names& names);
    std::vector<Change> take_changes_in(const std::string& folder);
    void settle(const std::vector<Change>& changes, Prng& prng);

    Names seen_;
    Names stable_;
    std::vector<Change> changes_;
    std::set<std::string> folders_;
};

}  // namespace warren::sim
