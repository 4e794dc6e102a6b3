#include "broker/exchange/edge_table.h"

namespace warren::broker {

namespace {
constexpr std::size_t slots_min = 8;
}

void EdgeTable::set_hints(std::uint32_t parent, std::uint32_t word, std::uint32_t hints) {
    const TreeEdge* edge = find(parent, word);
    edges_[static_cast<std::size_t>(edge - edges_.data())].hints = hints;
}

void EdgeTable::insert(const TreeEdge& edge) {
    if ((size_ + 1) * 4 > edges_.size() * 3) resize(edges_.empty() ? slots_min : edges_.size() * 2);
    put(edge);
    ++size_;
}

// What comes behind in the same run moves up where its home allows it, so that no mark of an erased
// edge is needed.
void EdgeTable::erase(std::uint32_t parent, std::uint32_t word) {
    auto hole = static_cast<std::size_t>(find(parent, word) - edges_.data());
    const std::size_t mask = edges_.size() - 1;
    for (std::size_t at = after(hole); edges_[at].child != TreeEdge::none; at = after(at)) {
        const std::size_t from_home = (at - home_of(edges_[at])) & mask;
        if (from_home < ((at - hole) & mask)) continue;
        edges_[hole] = edges_[at];
        hole = at;
    }
    edges_[hole] = {};
    --size_;
    if (size_ == 0)
        resize(0);
    else if (edges_.size() > slots_min && size_ * 8 < edges_.size())
        resize(edges_.size() / 2);
}

void EdgeTable::resize(std::size_t slots) {
    std::vector<TreeEdge> old(slots);
    old.swap(edges_);
    for (const TreeEdge& edge : old)
        if (edge.child != TreeEdge::none) put(edge);
}

void EdgeTable::put(const TreeEdge& edge) {
    std::size_t at = home_of(edge);
    while (edges_[at].child != TreeEdge::none)
        at = after(at);
    edges_[at] = edge;
}

}  // namespace warren::broker
