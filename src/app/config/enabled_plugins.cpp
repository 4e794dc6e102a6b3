#include "app/config/enabled_plugins.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config/erlang_reader.h"

namespace warren::config {

namespace {

constexpr Plugin plugins[] = {
    {"rabbitmq_consistent_hash_exchange", "Exchange type x-consistent-hash (always there)", ""},
    {"rabbitmq_delayed_message_exchange", "Exchange type x-delayed-message (always there)", ""},
    {"rabbitmq_event_exchange", "Event exchange amq.rabbitmq.event", ""},
    {"rabbitmq_management", "HTTP API", "rabbitmq_web_dispatch rabbitmq_management_agent"},
    {"rabbitmq_management_agent", "Statistics (always there)", ""},
    {"rabbitmq_message_deduplication", "De-duplication of messages (always there)", ""},
    {"rabbitmq_prometheus", "Metrics for Prometheus",
     "rabbitmq_management_agent rabbitmq_web_dispatch"},
    {"rabbitmq_random_exchange", "Exchange type x-random (always there)", ""},
    {"rabbitmq_recent_history_exchange", "Exchange type x-recent-history (always there)", ""},
    {"rabbitmq_tracing", "Traces of messages in files", "rabbitmq_management"},
    {"rabbitmq_web_dispatch", "HTTP listeners (always there)", ""},
};

std::vector<std::string> words_between(std::string_view text, char separator) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end != 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

bool is_letter_of_atom(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '@';
}

}  // namespace

std::span<const Plugin> known_plugins() {
    return plugins;
}

const Plugin* find_plugin(std::string_view name) {
    const auto* found = std::ranges::find(plugins, name, &Plugin::name);
    return found == std::end(plugins) ? nullptr : found;
}

std::vector<std::string> with_dependencies(const std::vector<std::string>& enabled) {
    std::vector<std::string> all;
    const auto add = [&](std::string_view name) {
        if (find_plugin(name) != nullptr && std::ranges::find(all, name) == all.end())
            all.emplace_back(name);
    };
    for (const auto& name : enabled) {
        add(name);
        if (const Plugin* plugin = find_plugin(name))
            for (const auto& needed : words_between(plugin->dependencies, ' '))
                add(needed);
    }
    std::ranges::sort(all);
    return all;
}

Result<std::vector<std::string>, std::string> parse_enabled_plugins(std::string_view text) {
    const auto term = read_erlang_file(text);
    if (!term) return fail(term.error());
    if (term->kind != ErlangTerm::Kind::list)
        return fail(std::string("expected a list of names in square brackets"));
    std::vector<std::string> names;
    for (const ErlangTerm& name : term->elements) {
        if (name.kind != ErlangTerm::Kind::atom || name.text.empty() || name.text.contains('\n'))
            return fail(std::string("expected a list of names of plugins, nothing else"));
        names.push_back(name.text);
    }
    return names;
}

std::string enabled_plugins_text(const std::vector<std::string>& enabled) {
    std::string text = "[";
    for (const auto& name : enabled) {
        const bool plain = name.front() >= 'a' && name.front() <= 'z' &&
                           std::ranges::all_of(name, is_letter_of_atom);
        text += (text.size() == 1 ? "" : ",") + (plain ? name : "'" + name + "'");
    }
    return text + "].\n";
}

std::string enabled_plugins_path(const Environment& environment, const std::string& root,
                                 const std::string& data_dir) {
    if (const auto path = value_of(environment, "RABBITMQ_ENABLED_PLUGINS_FILE"); !path.empty())
        return std::string(path);
    std::string beside = configuration_place(root).directory + "/enabled_plugins";
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) return beside;
    return data_dir + "/enabled_plugins";
}

Result<std::vector<std::string>, std::string> enabled_plugins(const Environment& environment,
                                                              const std::string& path) {
    const auto variable = environment.find("RABBITMQ_ENABLED_PLUGINS");
    if (variable != environment.end()) {
        if (variable->second != "ALL") return words_between(variable->second, ',');
        std::vector<std::string> all;
        for (const Plugin& plugin : plugins)
            all.emplace_back(plugin.name);
        return all;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto names = parse_enabled_plugins(text);
    if (!names) return fail(path + ": " + names.error());
    return names;
}

Result<void, std::string> write_enabled_plugins(const std::string& path,
                                                const std::vector<std::string>& enabled) {
    const std::string draft = path + ".new";
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    file << enabled_plugins_text(enabled);
    file.close();
    if (file && std::rename(draft.c_str(), path.c_str()) == 0) return {};
    return fail(path + " cannot be written: " + std::strerror(errno));
}

}  // namespace warren::config
