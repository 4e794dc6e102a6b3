#include "auth/permission_pattern.h"

namespace warren::auth {

Result<Pattern, PatternError> compile_permission(std::string_view text) {
    return Pattern::compile(text.empty() ? "^$" : text);
}

bool LazyPattern::matches(std::string_view subject) const {
    if (!tried_) {
        tried_ = true;
        if (auto compiled = compile_permission(text_)) compiled_ = std::move(*compiled);
    }
    return compiled_.has_value() && compiled_->matches(subject);
}

}  // namespace warren::auth
