#include "cli/arguments.h"

#include <algorithm>
#include <optional>

namespace warren::cli {

namespace {

bool is_whole_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Parser {
public:
    Parser(std::span<const std::string> typed, std::span<const Option> options)
        : rest_(typed), options_(options) {}

    Arguments run() {
        while (!rest_.empty()) {
            const std::string& text = take();
            if (text == "--") {
                result_.words.insert(result_.words.end(), rest_.begin(), rest_.end());
                break;
            }
            if (text.starts_with("--"))
                take_long(text);
            else if (text.size() > 1 && text[0] == '-')
                take_short(text);
            else
                result_.words.push_back(text);
        }
        return std::move(result_);
    }

private:
    const std::string& take() {
        const std::string& first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    template <typename Wanted>
    const Option* find(Wanted&& wanted) const {
        for (const auto list : {options_, global_options()})
            if (const auto found = std::ranges::find_if(list, wanted); found != list.end())
                return &*found;
        return nullptr;
    }

    void take_long(const std::string& text) {
        const std::size_t equals = text.find('=');
        const std::string_view name =
            std::string_view(text).substr(2, equals == std::string::npos ? equals : equals - 2);
        std::optional<std::string> value;
        if (equals != std::string::npos) value = text.substr(equals + 1);
        set(text, find([&](const Option& option) { return option.name == name; }),
            std::move(value));
    }

    // "-p", "-pvhost" and "-p vhost".
    void take_short(const std::string& text) {
        std::optional<std::string> value;
        const Option* option =
            find([&](const Option& candidate) { return candidate.letter == text[1]; });
        const bool glued = text.size() > 2;
        if (glued && option != nullptr && option->takes_value) value = text.substr(2);
        if (glued && option != nullptr && !option->takes_value) option = nullptr;
        set(text, option, std::move(value));
    }

    void set(const std::string& typed, const Option* option, std::optional<std::string> value) {
        if (option == nullptr) {
            result_.unknown.push_back(typed);
            return;
        }
        if (option->takes_value && !value) {
            if (rest_.empty()) {
                result_.unknown.push_back(typed);
                return;
            }
            value = take();
        }
        if (option->whole_number && !is_whole_number(*value)) {
            result_.no_numbers.emplace_back(option->name, *value);
            return;
        }
        // "--force=false" takes a flag back.
        if (!option->takes_value && value == "false") return;
        result_.options.insert_or_assign(std::string(option->name), value.value_or(""));
    }

    std::span<const std::string> rest_;
    std::span<const Option> options_;
    Arguments result_;
};

}  // namespace

std::span<const Option> global_options() {
    static constexpr Option options[] = {
        {"node", 'n'},
        {"vhost", 'p'},
        {"timeout", 't'},
        {"quiet", 'q', false},
        {"silent", 's', false},
        {"longnames", 'l', false},
        {"formatter"},
        {"printer"},
        {"data-dir"},
        {"erlang-cookie"},
        {"dist-port"},
        {"tls", 0, false},
        {"tls-cacertfile"},
        {"tls-certfile"},
        {"tls-keyfile"},
        {"script-name"},
        {"rabbitmq-home"},
        {"mnesia-dir"},
        {"plugins-dir"},
        {"enabled-plugins-file"},
        {"dry-run", 0, false},
        {"no-table-headers", 0, false},
        {"table-headers", 0, false},
        {"help", '?', false},
        {"version", 0, false},
    };
    return options;
}

std::string_view Arguments::value(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::string_view{} : std::string_view(found->second);
}

Arguments parse_arguments(std::span<const std::string> typed, std::span<const Option> options) {
    return Parser(typed, options).run();
}

}  // namespace warren::cli
