#pragma once
// Binding patterns of a topic exchange as a tree of words, and the walk that finds all patterns
// that a routing key matches.
//
// Keys and patterns are words between dots; the empty key has no words, "a." has two. `*` stands
// for one word, `#` for any number, none included.
//
// The walk keeps the set of tree nodes that the words so far lead to, and takes one word at a time.
// No node is in the set twice, so a match costs at most words x nodes reached, however many `#` a
// client puts into its patterns; trying every way to divide the words among them would not end.
//
// With 100,000 patterns a walk costs what memory it touches, and little else. So a word is looked
// up once a step and not once a node, all edges are in one table that says with an edge what goes
// on behind it, and of a node itself nothing is touched but the bindings that are found in it.
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "broker/exchange/edge_table.h"
#include "broker/exchange/key_bindings.h"
#include "broker/exchange/word_table.h"
#include "broker/topology/binding.h"

namespace warren::broker {

class TopicTrie {
public:
    TopicTrie() = default;
    TopicTrie(const TopicTrie&) = delete;
    TopicTrie& operator=(const TopicTrie&) = delete;

    // Uses the binding's router_place and router_slot.
    void add(Binding& binding);
    void remove(Binding& binding);
    // None while there are no patterns.
    std::size_t node_count() const { return made_ - free_.size(); }

    // Calls visit(BoundDestination) for each binding whose pattern the key matches, once. Not to be
    // called from inside itself.
    template <typename Visitor>
    void match(std::string_view key, Visitor&& visit) const {
        if (made_ == 0) return;
        walk(key);
        for (const Place& place : reached_)
            if ((place.hints & ends) != 0) bindings(place.node).for_each(visit);
    }

private:
    using NodeNumber = std::uint32_t;
    using Hints = std::uint32_t;
    static constexpr NodeNumber none = TreeEdge::none;
    static constexpr NodeNumber root = 0;

    // What a walk must know of a node, in its edge: these, and above them a bit for each kind of
    // word that goes on from there.
    static constexpr Hints ends = 1;        // a pattern ends there
    static constexpr Hints has_star = 2;    // a `*` goes on from there
    static constexpr Hints has_hash = 4;    // a `#`
    static constexpr Hints is_hash = 8;     // it is a `#`: each further word stays there
    static constexpr Hints is_nested = 16;  // and is below another, so is reached in many ways
    static constexpr unsigned flag_bits = 5;

    struct Node {
        NodeNumber number = none;
        NodeNumber parent = none;
        std::uint32_t word = 0;  // of the edge that leads here
        std::uint32_t children = 0;
        Hints hints = 0;                 // the same as in that edge
        mutable std::uint64_t mark = 0;  // the last step that reached it; where nested
    };
    static constexpr std::size_t block_nodes = 64;
    struct Block {
        std::array<KeyBindings, block_nodes> bindings;  // of the patterns that end at these nodes
        std::array<Node, block_nodes> nodes;
    };

    // A node on the walk.
    struct Place {
        NodeNumber node;
        Hints hints;
    };
    // An edge to be looked for.
    struct Probe {
        NodeNumber parent;
        std::uint32_t word;
        std::uint32_t hash;
    };

    static Hints hint_of(std::uint32_t word);
    Node& node(NodeNumber number) {
        return blocks_[number / block_nodes]->nodes[number % block_nodes];
    }
    const Node& node(NodeNumber number) const {
        return blocks_[number / block_nodes]->nodes[number % block_nodes];
    }
    KeyBindings& bindings(NodeNumber number) {
        return blocks_[number / block_nodes]->bindings[number % block_nodes];
    }
    const KeyBindings& bindings(NodeNumber number) const {
        return blocks_[number / block_nodes]->bindings[number % block_nodes];
    }
    std::uint32_t acquire_word(std::string_view word);
    Node& make_node();
    Node& child(Node& parent, std::string_view word);
    void set_hints(Node& at, Hints hints);
    void prune(Node& first);
    void cut_off(const Node& leaf);
    void walk(std::string_view key) const;
    void step(std::string_view word) const;
    void reach(Place place) const;
    bool note_reached(NodeNumber number) const;

    WordTable words_;
    EdgeTable edges_;
    std::vector<std::unique_ptr<Block>> blocks_;  // nodes stay in place
    std::vector<NodeNumber> free_;
    NodeNumber made_ = 0;  // nodes in blocks_ that have been used, those in free_ included
    // The walk's state, kept for its memory.
    mutable std::uint64_t step_ = 0;
    mutable std::vector<Place> reached_;
    mutable std::vector<Place> before_;
    mutable std::vector<Probe> probes_;  // of this step at its beginning, of others behind
};

}  // namespace warren::broker
