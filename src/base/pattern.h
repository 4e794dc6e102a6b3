#pragma once
// Patterns that operators write for names: Perl-compatible regular expressions over bytes,
// unanchored, as RabbitMQ's re:run matches them. Matching is bounded, so that no pattern can hold
// up a shard: one that would need more than match_steps_max steps counts as not matching, as in
// RabbitMQ.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace warren {

// What is wrong with a pattern and at which byte.
struct PatternError {
    std::string text;
    std::size_t offset = 0;
};

// A compiled pattern. Belongs to one shard: matching uses scratch memory of its own.
class Pattern {
public:
    // RabbitMQ 4.3 refuses patterns above 1024 bytes; older versions, whose definitions are loaded
    // here too, did not.
    static constexpr std::size_t text_bytes_max = 16'384;
    // RabbitMQ's match_limit.
    static constexpr std::uint32_t match_steps_max = 50'000;

    static Result<Pattern, PatternError> compile(std::string_view text);

    // False also when the pattern gives up at its limits.
    bool matches(std::string_view subject) const;

private:
    struct Compiled;
    struct Release {
        void operator()(Compiled* compiled) const;
    };
    explicit Pattern(std::unique_ptr<Compiled, Release> compiled);

    std::unique_ptr<Compiled, Release> compiled_;
};

// The text with every character that means something in a pattern escaped, so that it matches
// itself.
std::string escape_pattern(std::string_view text);

}  // namespace warren
