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
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    std::size_t node_count() const { return 1 + edges_.size(); }

    // Calls visit(const Binding&) for each binding whose pattern the key matches, once. Not to be
    // called from inside itself.
    template <typename Visitor>
    void match(std::string_view key, Visitor&& visit) const {
        walk(key);
        for (const Node* node : reached_)
            for (const Binding* binding : node->bindings)
                visit(*binding);
    }

private:
    struct Node {
        Node* parent = nullptr;
        std::string_view word;      // on the edge that leads here; lies in that edge's key
        Node* any_word = nullptr;   // `*`
        Node* any_words = nullptr;  // `#`
        std::uint32_t children = 0;
        bool repeats = false;  // this node is its parent's any_words: each further word stays here
        mutable std::uint64_t mark = 0;  // the last step that reached it
        RouterBindings bindings;         // patterns that end here
    };

    // One table for the edges of all nodes: most nodes have one child, and a table of their own
    // would outweigh them.
    struct Edge {
        const Node* parent;
        std::string word;
    };
    struct EdgeView {
        const Node* parent;
        std::string_view word;
        EdgeView(const Node* parent_, std::string_view word_) : parent(parent_), word(word_) {}
        EdgeView(const Edge& edge) : parent(edge.parent), word(edge.word) {}
        friend bool operator==(const EdgeView&, const EdgeView&) = default;
    };
    struct EdgeHash {
        using is_transparent = void;
        std::size_t operator()(const EdgeView& edge) const noexcept {
            const std::size_t from = std::hash<const void*>{}(edge.parent);
            return std::hash<std::string_view>{}(edge.word) ^ (from * 0x9e37'79b9'7f4a'7c15ULL);
        }
    };
    struct EdgeEqual {
        using is_transparent = void;
        bool operator()(const EdgeView& a, const EdgeView& b) const { return a == b; }
    };

    Node& child(Node& parent, std::string_view word);
    void prune(Node* node);
    void walk(std::string_view key) const;
    void step(std::string_view word) const;
    void reach(const Node& node) const;

    Node root_;
    std::unordered_map<Edge, Node, EdgeHash, EdgeEqual> edges_;
    // The walk's state, kept for its memory.
    mutable std::uint64_t step_ = 0;
    mutable std::vector<const Node*> reached_;
    mutable std::vector<const Node*> before_;
};

}  // namespace warren::broker
