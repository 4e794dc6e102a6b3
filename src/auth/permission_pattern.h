#pragma once
// Patterns of permissions: those of base/pattern.h, but for the empty one, which matches the empty
// name only, because RabbitMQ reads it as ^$.
#include <optional>
#include <string>
#include <string_view>

#include "base/pattern.h"

namespace warren::auth {

Result<Pattern, PatternError> compile_permission(std::string_view text);

// A pattern's text, compiled when it is first needed, so that a hundred thousand users cost no
// compiler time at start. A text that does not compile matches nothing: replicated state is the
// text, never what one PCRE version makes of it.
class LazyPattern {
public:
    LazyPattern() = default;
    explicit LazyPattern(std::string text) : text_(std::move(text)) {}

    const std::string& text() const { return text_; }
    bool matches(std::string_view subject) const;

private:
    std::string text_;
    mutable bool tried_ = false;
    mutable std::optional<Pattern> compiled_;
};

}  // namespace warren::auth
