#include "auth/topic_variables.h"

#include "base/pattern.h"

namespace warren::auth {

namespace {

constexpr std::string_view client_id_variable = "{client_id}";

void replace_all(std::string& text, std::string_view variable,
                 const std::optional<std::string_view>& value) {
    if (!value) return;
    const std::string literal = escape_pattern(*value);
    for (auto at = text.find(variable); at != std::string::npos;
         at = text.find(variable, at + literal.size()))
        text.replace(at, variable.size(), literal);
}

}  // namespace

std::string fill_in(std::string_view pattern, const TopicVariables& variables) {
    std::string text(pattern);
    replace_all(text, client_id_variable, variables.client_id);
    replace_all(text, "{username}", variables.username);
    replace_all(text, "{vhost}", variables.vhost);
    return text;
}

bool mentions_client_id(std::string_view pattern) {
    return pattern.find(client_id_variable) != std::string_view::npos;
}

}  // namespace warren::auth
