#include "broker/exchange/topic_trie.h"

#include <utility>

namespace warren::broker {

namespace {

constexpr std::string_view any_word = "*";
constexpr std::string_view any_words = "#";

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

void TopicTrie::add(Binding& binding) {
    Node* node = &root_;
    for_each_word(binding.key, [&](std::string_view word) { node = &child(*node, word); });
    node->bindings.add(binding);
    binding.router_place = node;
}

void TopicTrie::remove(Binding& binding) {
    auto* node = static_cast<Node*>(binding.router_place);
    node->bindings.remove(binding);
    prune(node);
}

TopicTrie::Node& TopicTrie::child(Node& parent, std::string_view word) {
    const auto found = edges_.find(EdgeView(&parent, word));
    if (found != edges_.end()) return found->second;
    const auto made = edges_.try_emplace(Edge{&parent, std::string(word)}).first;
    Node& node = made->second;
    node.parent = &parent;
    node.word = made->first.word;
    ++parent.children;
    if (word == any_word) parent.any_word = &node;
    if (word == any_words) {
        parent.any_words = &node;
        node.repeats = true;
    }
    return node;
}

// Removes a node that nothing ends at or goes on from, and then its parents as far as that makes
// them so.
void TopicTrie::prune(Node* node) {
    while (node->parent != nullptr && node->children == 0 && node->bindings.empty()) {
        Node* parent = node->parent;
        --parent->children;
        if (parent->any_word == node) parent->any_word = nullptr;
        if (parent->any_words == node) parent->any_words = nullptr;
        edges_.erase(edges_.find(EdgeView(parent, node->word)));
        node = parent;
    }
}

void TopicTrie::walk(std::string_view key) const {
    reached_.clear();
    ++step_;
    reach(root_);
    for_each_word(key, [this](std::string_view word) { step(word); });
}

void TopicTrie::step(std::string_view word) const {
    std::swap(reached_, before_);
    reached_.clear();
    ++step_;
    for (const Node* node : before_) {
        if (node->repeats) reach(*node);
        if (node->any_word != nullptr) reach(*node->any_word);
        const auto next = edges_.find(EdgeView(node, word));
        if (next != edges_.end()) reach(next->second);
    }
}

// A node that is reached brings its `#` with it, which may stand for no word.
void TopicTrie::reach(const Node& node) const {
    for (const Node* at = &node; at != nullptr && at->mark != step_; at = at->any_words) {
        at->mark = step_;
        reached_.push_back(at);
    }
}

}  // namespace warren::broker
