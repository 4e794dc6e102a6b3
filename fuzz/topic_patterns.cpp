// Topic patterns against a matcher written from the definition. Input is lines: `+pattern` binds,
// `-pattern` unbinds, anything else is a routing key to be matched.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ensure.h"
#include "broker/exchange/naive_topic.h"
#include "broker/exchange/topic_trie.h"

namespace {

using namespace warren;
using namespace warren::broker;

// The plain matcher tries every way to divide the words.
constexpr std::size_t words_max = 9;
constexpr std::size_t lines_max = 64;

class Checker {
public:
    void take(std::string_view line) {
        if (topic_words(line).size() > words_max) return;
        if (line.starts_with('+'))
            add(line.substr(1));
        else if (line.starts_with('-'))
            remove(line.substr(1));
        else
            match(line);
    }

    void finish() {
        while (!bindings_.empty())
            remove(std::string(bindings_.begin()->first));
        ENSURE(trie_.node_count() == 0);
    }

private:
    void add(std::string_view pattern) {
        auto& binding = bindings_[std::string(pattern)];
        if (binding != nullptr) return;
        binding = std::make_unique<Binding>();
        binding->key = pattern;
        trie_.add(*binding);
    }
    void remove(std::string_view pattern) {
        const auto found = bindings_.find(std::string(pattern));
        if (found == bindings_.end()) return;
        trie_.remove(*found->second);
        bindings_.erase(found);
    }
    void match(std::string_view key) {
        std::set<const Binding*> found;
        trie_.match(key, [&](const BoundDestination& bound) {
            const bool first_time = found.insert(bound.binding).second;
            ENSURE(first_time);
        });
        for (const auto& [pattern, binding] : bindings_)
            ENSURE(naive_topic_match(topic_words(pattern), topic_words(key)) ==
                   found.contains(binding.get()));
    }

    std::map<std::string, std::unique_ptr<Binding>> bindings_;
    TopicTrie trie_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest = as_text({reinterpret_cast<const std::byte*>(data), size});
    Checker checker;
    for (std::size_t line = 0; line < lines_max; ++line) {
        const std::size_t end = rest.find('\n');
        checker.take(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    checker.finish();
    return 0;
}
