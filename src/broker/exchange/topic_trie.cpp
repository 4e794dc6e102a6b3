#include "broker/exchange/topic_trie.h"

#include <utility>

namespace warren::broker {

namespace {

// Words of edges: the two wildcards, then those of the table.
constexpr std::uint32_t star = 0;
constexpr std::uint32_t hash = 1;
constexpr std::uint32_t first_word = 2;

template <typename Visitor>
void for_each_word(std::string_view key, Visitor&& visit) {
    if (key.empty()) return;
    for (;;) {
        const std::size_t dot = key.find('.');
        visit(key.substr(0, dot));
        if (dot == std::string_view::npos) return;
        key.remove_prefix(dot + 1);
    }
}

}  // namespace

TopicTrie::Hints TopicTrie::hint_of(std::uint32_t word) {
    if (word == star) return has_star;
    if (word == hash) return has_hash;
    constexpr unsigned kinds = 32 - flag_bits;
    const std::uint64_t mixed = word * 0x9e37'79b9u;
    return Hints{1} << (flag_bits + (mixed * kinds >> 32));
}

void TopicTrie::add(Binding& binding) {
    if (made_ == 0) make_node();
    Node* at = &node(root);
    for_each_word(binding.key, [&](std::string_view word) { at = &child(*at, word); });
    bindings(at->number).add(binding);
    binding.router_place = at;
    set_hints(*at, at->hints | ends);
}

void TopicTrie::remove(Binding& binding) {
    auto& at = *static_cast<Node*>(binding.router_place);
    bindings(at.number).remove(binding);
    if (!bindings(at.number).empty()) return;
    set_hints(at, at.hints & ~ends);
    prune(at);
}

std::uint32_t TopicTrie::acquire_word(std::string_view word) {
    if (word == "*") return star;
    if (word == "#") return hash;
    return words_.acquire(word) + first_word;
}

TopicTrie::Node& TopicTrie::make_node() {
    if (free_.empty()) {
        if (made_ % block_nodes == 0) blocks_.push_back(std::make_unique<Block>());
        free_.push_back(made_++);
    }
    const NodeNumber number = free_.back();
    free_.pop_back();
    Node& made = node(number);
    made = {};
    made.number = number;
    return made;
}

TopicTrie::Node& TopicTrie::child(Node& parent, std::string_view text) {
    const std::uint32_t word = acquire_word(text);
    if (const TreeEdge* edge = edges_.find(parent.number, word)) {
        if (word >= first_word) words_.release(word - first_word);
        return node(edge->child);
    }
    Node& made = make_node();
    made.parent = parent.number;
    made.word = word;
    if (word == hash) {
        made.hints = is_hash;
        for (const Node* above = &parent; above->number != root; above = &node(above->parent))
            if ((above->hints & is_hash) != 0) made.hints |= is_nested;
    }
    edges_.insert({parent.number, word, made.number, made.hints});
    ++parent.children;
    set_hints(parent, parent.hints | hint_of(word));
    return made;
}

void TopicTrie::set_hints(Node& at, Hints hints) {
    if (at.hints == hints) return;
    at.hints = hints;
    if (at.number != root) edges_.set_hints(at.parent, at.word, hints);
}

// Removes a node that nothing ends at or goes on from, and then its parents as far as that makes
// them so. Without any pattern there is no node.
void TopicTrie::prune(Node& first) {
    Node* at = &first;
    while (at->children == 0 && bindings(at->number).empty()) {
        if (at->number == root) {
            blocks_.clear();
            free_ = {};
            made_ = 0;
            return;
        }
        Node* parent = &node(at->parent);
        cut_off(*at);
        at = parent;
    }
}

void TopicTrie::cut_off(const Node& leaf) {
    Node& parent = node(leaf.parent);
    edges_.erase(leaf.parent, leaf.word);
    Hints hints = parent.hints;
    if (leaf.word < first_word)
        hints &= ~hint_of(leaf.word);
    else
        words_.release(leaf.word - first_word);
    // Of words that are gone a bit stays as long as anything goes on: it costs look-ups in vain.
    if (--parent.children == 0) hints &= ends | is_hash | is_nested;
    set_hints(parent, hints);
    free_.push_back(leaf.number);
}

void TopicTrie::walk(std::string_view key) const {
    reached_.clear();
    ++step_;
    reach({root, node(root).hints});
    for_each_word(key, [this](std::string_view word) { step(word); });
}

// All edges are announced before the first is looked at: what is not in the cache comes at once.
void TopicTrie::step(std::string_view text) const {
    std::swap(reached_, before_);
    reached_.clear();
    ++step_;
    const std::uint32_t found = words_.find(text);
    const std::uint32_t word = found + first_word;
    const Hints hint = found == WordTable::none ? 0 : hint_of(word);
    if (probes_.size() < before_.size() * 2) probes_.resize(before_.size() * 2);
    Probe* last = probes_.data();
    const auto look_for = [&](NodeNumber parent, std::uint32_t edge_word) {
        *last = {parent, edge_word, EdgeTable::hash_of(parent, edge_word)};
        edges_.announce(last->hash);
        ++last;
    };
    for (const Place& at : before_) {
        if ((at.hints & is_hash) != 0) reach(at);
        if ((at.hints & hint) != 0) look_for(at.node, word);
        if ((at.hints & has_star) != 0) look_for(at.node, star);
    }
    for (const Probe* wanted = probes_.data(); wanted != last; ++wanted)
        if (const TreeEdge* edge = edges_.find(wanted->parent, wanted->word, wanted->hash))
            reach({edge->child, edge->hints});
}

// A node that is reached brings its `#` with it, which may stand for no word.
void TopicTrie::reach(Place place) const {
    if ((place.hints & is_nested) == 0 || note_reached(place.node)) reached_.push_back(place);
    while ((place.hints & has_hash) != 0) {
        const TreeEdge* edge = edges_.find(place.node, hash);
        place = {edge->child, edge->hints};
        if ((place.hints & is_nested) != 0 && !note_reached(place.node)) return;
        reached_.push_back(place);
    }
}

// Only a `#` below another is reached in more ways than one; all others by the one edge that leads
// to them, or by staying there. False: this step has reached it before.
bool TopicTrie::note_reached(NodeNumber number) const {
    const Node& at = node(number);
    if (at.mark == step_) return false;
    at.mark = step_;
    return true;
}

}  // namespace warren::broker
