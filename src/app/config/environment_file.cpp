#include "app/config/environment_file.h"

#include <algorithm>
#include <optional>

#include "app/config/key_table.h"
#include "base/result.h"

namespace warren::config {

namespace {

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_letter(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

// One line of the file.
class Line {
public:
    Line(std::string_view text, const Environment& environment)
        : rest_(text), environment_(environment) {}

    struct Assignment {
        std::string name;
        std::string value;
    };
    // Nothing for a line without an assignment; an error for one that is not understood.
    Result<std::optional<Assignment>, std::string> read() {
        skip_blank();
        if (rest_.empty() || rest_[0] == '#') return std::optional<Assignment>{};
        if (rest_.starts_with("export ")) {
            rest_.remove_prefix(sizeof "export");
            skip_blank();
        }
        Assignment assignment{take_name(), {}};
        if (assignment.name.empty() || !rest_.starts_with('=')) return fail(not_understood());
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_[0] != ' ' && rest_[0] != '\t')
            if (!read_part(assignment.value)) return fail(not_understood());
        skip_blank();
        if (!rest_.empty() && rest_[0] != '#') return fail(not_understood());
        return std::optional(std::move(assignment));
    }

private:
    bool read_part(std::string& value) {
        const char first = rest_[0];
        if (first == '\'') return read_single_quoted(value);
        if (first == '"') return read_double_quoted(value);
        if (first == '$') return read_variable(value);
        if (first == '\\' && rest_.size() > 1)
            rest_.remove_prefix(1);
        else if (std::string_view("`;|&<>()\\").find(first) != std::string_view::npos)
            return false;
        value += rest_[0];
        rest_.remove_prefix(1);
        return true;
    }

    bool read_single_quoted(std::string& value) {
        const std::size_t end = rest_.find('\'', 1);
        if (end == std::string_view::npos) return false;
        value += rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return true;
    }

    bool read_double_quoted(std::string& value) {
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_[0] != '"') {
            if (rest_[0] == '$') {
                if (!read_variable(value)) return false;
                continue;
            }
            if (rest_[0] == '`') return false;
            const bool escape = rest_[0] == '\\' && rest_.size() > 1 &&
                                std::string_view("$`\"\\").find(rest_[1]) != std::string_view::npos;
            if (escape) rest_.remove_prefix(1);
            value += rest_[0];
            rest_.remove_prefix(1);
        }
        if (rest_.empty()) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool read_variable(std::string& value) {
        rest_.remove_prefix(1);
        const bool braced = rest_.starts_with('{');
        if (braced) rest_.remove_prefix(1);
        const std::string name = take_name();
        if (name.empty() || (braced && !rest_.starts_with('}'))) return false;
        if (braced) rest_.remove_prefix(1);
        value += value_of(environment_, name);
        return true;
    }

    std::string take_name() {
        std::size_t end = 0;
        if (!rest_.empty() && is_name_start(rest_[0]))
            while (end < rest_.size() && is_name_letter(rest_[end]))
                ++end;
        std::string name(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return name;
    }

    void skip_blank() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    }

    static std::string not_understood() {
        return "expected NAME=value; this file is read, not run as a shell script";
    }

    std::string_view rest_;
    const Environment& environment_;
};

bool is_known(std::string_view name) {
    return std::ranges::find(all_variables(), name, &VariableRow::name) != all_variables().end();
}

}  // namespace

void read_environment_file(std::string_view text, const std::string& file, Environment& environment,
                           std::vector<ConfigError>& errors) {
    const Environment before = environment;
    int number = 0;
    for (std::size_t at = 0; at < text.size();) {
        ++number;
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        at = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto read = Line(line, environment).read();
        if (!read) {
            errors.push_back({file, number, "", std::move(read.error())});
            continue;
        }
        if (!*read) continue;
        auto& [name, value] = **read;
        const std::string prefixed = "RABBITMQ_" + name;
        const std::string& target = is_known(prefixed) ? prefixed : name;
        if (value_of(before, target).empty()) environment[target] = std::move(value);
    }
}

}  // namespace warren::config
