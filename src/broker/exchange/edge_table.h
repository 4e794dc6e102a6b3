#pragma once
// The edges of a tree whose nodes and words are numbers: an open-addressing table, found by parent
// and word in one or two cache lines. An edge brings along some hints about its child, so that a
// walk touches few nodes themselves.
//
// At most three quarters full: four edges lie in a cache line, so that runs of neighbours cost
// little, and less memory more. Shrinks again.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace warren::broker {

struct TreeEdge {
    static constexpr std::uint32_t none = UINT32_MAX;

    std::uint32_t parent = 0;
    std::uint32_t word = 0;
    std::uint32_t child = none;
    std::uint32_t hints = 0;  // what they mean is for the owner of the tree to say
};

class EdgeTable {
public:
    static std::uint32_t hash_of(std::uint32_t parent, std::uint32_t word) {
        std::uint64_t mixed = (std::uint64_t{parent} << 32 | word) * 0x9e37'79b9'7f4a'7c15ULL;
        mixed = (mixed ^ (mixed >> 32)) * 0xbf58'476d'1ce4'e5b9ULL;
        return static_cast<std::uint32_t>(mixed >> 32);
    }
    // A find() with this hash comes soon. Not while the table is empty.
    void announce(std::uint32_t hash) const { __builtin_prefetch(&edges_[home_of(hash)]); }
    // Null if there is none. Good until the next change of the table.
    const TreeEdge* find(std::uint32_t parent, std::uint32_t word, std::uint32_t hash) const {
        if (edges_.empty()) return nullptr;
        for (std::size_t at = home_of(hash); edges_[at].child != TreeEdge::none; at = after(at))
            if (edges_[at].parent == parent && edges_[at].word == word) return &edges_[at];
        return nullptr;
    }
    const TreeEdge* find(std::uint32_t parent, std::uint32_t word) const {
        return find(parent, word, hash_of(parent, word));
    }
    // Both for an edge that is there.
    void set_hints(std::uint32_t parent, std::uint32_t word, std::uint32_t hints);
    void erase(std::uint32_t parent, std::uint32_t word);
    // For one that is not there yet.
    void insert(const TreeEdge& edge);
    std::size_t size() const { return size_; }

private:
    std::size_t home_of(std::uint32_t hash) const { return hash & (edges_.size() - 1); }
    std::size_t home_of(const TreeEdge& edge) const {
        return home_of(hash_of(edge.parent, edge.word));
    }
    std::size_t after(std::size_t at) const { return (at + 1) & (edges_.size() - 1); }
    void resize(std::size_t slots);
    void put(const TreeEdge& edge);

    std::vector<TreeEdge> edges_;  // none, or a power of two
    std::size_t size_ = 0;
};

}  // namespace warren::broker
