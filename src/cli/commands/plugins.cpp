// Plugins: names in a file that switch something on. A node that runs changes its file itself; that
// of one which does not is changed here.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/config/enabled_plugins.h"
#include "app/version.h"
#include "base/pattern.h"
#include "cli/invocation.h"

namespace warren::cli {

namespace {

using Names = std::vector<std::string>;

struct Plugins {
    std::string file;
    Names enabled;  // as the file lists them
    Names running;
    bool online = false;

    Names implied() const { return config::with_dependencies(enabled); }
};

bool holds(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

Names names_in(const json::value& list) {
    Names names;
    for (const auto& name : list.as_array())
        names.push_back(cell_text(name));
    return names;
}

Result<Plugins, Failure> read_file(const Invocation& call) {
    Plugins plugins;
    const auto environment = config::current_environment();
    plugins.file = call.has("enabled-plugins-file")
                       ? std::string(call.option("enabled-plugins-file"))
                       : config::enabled_plugins_path(environment, "", call.data_folder());
    auto enabled = config::enabled_plugins({}, plugins.file);
    if (!enabled) return fail(Failure{exit_code::data_error, enabled.error()});
    plugins.enabled = std::move(*enabled);
    return plugins;
}

// From the node if it runs, else from the file.
Result<Plugins, Failure> find_plugins(Invocation& call) {
    if (call.has("offline")) return read_file(call);
    const auto reply = call.node().ask({.path = "/api/node/plugins"});
    if (!reply) {
        if (call.has("online") || call.node().is_elsewhere())
            return fail(unreachable(call.node_name(), reply.error()));
        return read_file(call);
    }
    constexpr unsigned found = 200;
    if (reply->status != found) return fail(failure_of(*reply));
    const json::value told = json::parse(reply->body);
    return Plugins{cell_text(told.at("file")), names_in(told.at("enabled")),
                   names_in(told.at("running")), true};
}

// ---- list ----

struct Wishes {
    bool minimal = false;
    bool verbose = false;
    bool only_enabled = false;  // with what they depend on
    bool only_explicit = false;
};

std::string_view enabled_word(const Plugins& plugins, std::string_view name) {
    if (holds(plugins.enabled, name)) return "enabled";
    return holds(plugins.implied(), name) ? "implicit" : "not_enabled";
}

void print_plugin(Invocation& call, const Plugins& plugins, const config::Plugin& plugin,
                  const Wishes& wishes, std::size_t width) {
    const std::string_view word = enabled_word(plugins, plugin.name);
    if (wishes.minimal) return call.print_line(plugin.name);
    const char mark = word == "enabled" ? 'E' : word == "implicit" ? 'e' : ' ';
    const char running = holds(plugins.running, plugin.name) ? '*' : ' ';
    if (!wishes.verbose)
        return call.print_line(
            fmt::format("[{}{}] {:<{}} {}", mark, running, plugin.name, width, app::version));
    std::string dependencies(plugin.dependencies);
    std::ranges::replace(dependencies, ' ', ',');
    call.print_line(fmt::format("[{}{}] {}", mark, running, plugin.name));
    call.print_line(fmt::format("     Version:     \t{}", app::version));
    if (!dependencies.empty())
        call.print_line(fmt::format("     Dependencies:\t[{}]", dependencies));
    call.print_line(fmt::format("     Description: \t{}", plugin.description));
}

json::object plugin_json(const Plugins& plugins, const config::Plugin& plugin) {
    const bool running = holds(plugins.running, plugin.name);
    return {{"name", plugin.name},
            {"version", app::version},
            {"running", running},
            {"running_version", running ? app::version : ""},
            {"enabled", enabled_word(plugins, plugin.name)}};
}

bool is_wanted(const Plugins& plugins, const config::Plugin& plugin, const Wishes& wishes) {
    const std::string_view word = enabled_word(plugins, plugin.name);
    if (wishes.only_explicit) return word == "enabled";
    return !wishes.only_enabled || word != "not_enabled";
}

void warn_of_missing(Invocation& call, const Names& enabled) {
    Names missing;
    for (const auto& name : enabled)
        if (config::find_plugin(name) == nullptr) missing.push_back(name);
    if (!missing.empty())
        call.say(fmt::format("WARNING - plugins currently enabled but missing: {}\n",
                             fmt::join(missing, ", ")));
}

Outcome list(Invocation& call) {
    const Wishes wishes{call.has("minimal"), call.has("verbose"), call.has("implicitly-enabled"),
                        call.has("enabled")};
    const std::string text = call.word_count() == 0 ? ".*" : call.word(0);
    const auto pattern = Pattern::compile(text);
    if (!pattern)
        return fail(Failure{exit_code::data_error,
                            fmt::format("'{}' is no pattern: {}", text, pattern.error().text)});
    const auto plugins = find_plugins(call);
    if (!plugins) return fail(plugins.error());
    call.say(fmt::format("Listing plugins with pattern \"{}\" ...", text));
    warn_of_missing(call, plugins->enabled);
    std::vector<const config::Plugin*> wanted;
    std::size_t width = 0;
    for (const auto& plugin : config::known_plugins()) {
        if (!pattern->matches(plugin.name) || !is_wanted(*plugins, plugin, wishes)) continue;
        wanted.push_back(&plugin);
        width = std::max(width, plugin.name.size());
    }
    json::array rows;
    for (const auto* plugin : wanted)
        rows.push_back(plugin_json(*plugins, *plugin));
    if (call.show_json(json::object{{"status", plugins->online ? "running" : "node_down"},
                                    {"format", wishes.minimal ? "minimal" : "normal"},
                                    {"plugins", std::move(rows)}}))
        return {};
    if (!wishes.minimal) {
        call.say(" Configured: E = explicitly enabled; e = implicitly enabled");
        call.say(plugins->online ? fmt::format(" | Status: * = running on {}", call.node_name())
                                 : fmt::format(" | Status: [failed to contact {} - status not "
                                               "shown]",
                                               call.node_name()));
        call.say(" |/");
    }
    for (const auto* plugin : wanted)
        print_plugin(call, *plugins, *plugin, wishes, width);
    return {};
}

// ---- changes ----

Names minus(const Names& names, const Names& others) {
    Names rest;
    for (const auto& name : names)
        if (!holds(others, name)) rest.push_back(name);
    return rest;
}

void say_list(Invocation& call, std::string_view title, const Names& names) {
    call.say(title);
    for (const auto& name : names)
        call.say("  " + name);
}

void say_change(Invocation& call, const Names& before, const Names& after) {
    const Names started = minus(after, before);
    const Names stopped = minus(before, after);
    if (started.empty() && stopped.empty()) return call.say("Plugin configuration unchanged.");
    if (!started.empty()) {
        say_list(call, "The following plugins have been enabled:", started);
        call.say(fmt::format("\nstarted {} plugins.", started.size()));
    }
    if (!stopped.empty()) {
        say_list(call, "The following plugins have been disabled:", stopped);
        call.say(fmt::format("\nstopped {} plugins.", stopped.size()));
    }
}

Outcome apply(Invocation& call, const Plugins& plugins, Names enabled) {
    warn_of_missing(call, enabled);
    const Names after = config::with_dependencies(enabled);
    say_list(call, "The following plugins have been configured:", after);
    if (!plugins.online) {
        if (auto written = config::write_enabled_plugins(plugins.file, enabled); !written)
            return fail(Failure{exit_code::unavailable, written.error()});
        call.say("Offline change; changes will take effect at broker restart.");
        return {};
    }
    call.say(fmt::format("Applying plugin configuration to {}...", call.node_name()));
    json::array names;
    for (const auto& name : enabled)
        names.push_back(json::string(name));
    if (auto done = call.change("PUT", "/api/node/plugins", json::object{{"enabled", names}});
        !done)
        return done;
    say_change(call, plugins.running, after);
    return {};
}

Names words_of(const Invocation& call) {
    if (call.has("all")) {
        Names all;
        for (const auto& plugin : config::known_plugins())
            all.emplace_back(plugin.name);
        return all;
    }
    return {call.arguments().words.begin() + 1, call.arguments().words.end()};
}

Outcome enable(Invocation& call) {
    auto plugins = find_plugins(call);
    if (!plugins) return fail(std::move(plugins.error()));
    const Names more = words_of(call);
    call.say(call.has("all") ? fmt::format("Enabling ALL plugins on node {}", call.node_name())
                             : fmt::format("Enabling plugins on node {}:", call.node_name()));
    Names enabled = plugins->enabled;
    for (const auto& name : more) {
        call.say(name);
        if (!holds(enabled, name)) enabled.push_back(name);
    }
    return apply(call, *plugins, std::move(enabled));
}

// What depends on one that goes, goes too.
Outcome disable(Invocation& call) {
    auto plugins = find_plugins(call);
    if (!plugins) return fail(std::move(plugins.error()));
    const Names less = words_of(call);
    call.say(call.has("all") ? fmt::format("Disabling ALL plugins on node {}", call.node_name())
                             : fmt::format("Disabling plugins on node {}:", call.node_name()));
    for (const auto& name : less)
        call.say(name);
    Names enabled = minus(plugins->enabled, less);
    std::erase_if(enabled, [&](const std::string& name) {
        const Names needed = config::with_dependencies({name});
        return std::ranges::any_of(less, [&](const auto& gone) { return holds(needed, gone); });
    });
    return apply(call, *plugins, call.has("all") ? Names() : std::move(enabled));
}

Outcome set(Invocation& call) {
    auto plugins = find_plugins(call);
    if (!plugins) return fail(std::move(plugins.error()));
    call.say(fmt::format("Enabling plugins on node {}:", call.node_name()));
    for (const auto& name : words_of(call))
        call.say(name);
    return apply(call, *plugins, words_of(call));
}

Outcome is_enabled(Invocation& call) {
    const Names names = words_of(call);
    const std::string_view noun = names.size() == 1 ? "plugin" : "plugins";
    call.say(fmt::format("Asking node {} if {} {} {} enabled...", call.node_name(), noun,
                         fmt::join(names, ", "), names.size() == 1 ? "is" : "are"));
    const auto plugins = find_plugins(call);
    if (!plugins) return fail(plugins.error());
    const Names enabled = plugins->implied();
    const Names missing = minus(names, enabled);
    if (!missing.empty())
        return fail(Failure{
            exit_code::unavailable,
            fmt::format("{} {} not enabled on node {}. Enabled plugins and dependencies: {}",
                        missing.size() == 1 ? "Plugin " + missing.front()
                                            : fmt::format("Plugins {}", fmt::join(missing, ", ")),
                        missing.size() == 1 ? "is" : "are", call.node_name(),
                        fmt::join(enabled, ", "))});
    call.say(fmt::format("{} {} {} enabled on node {}", names.size() == 1 ? "Plugin" : "Plugins",
                         fmt::join(names, ", "), names.size() == 1 ? "is" : "are",
                         call.node_name()));
    return {};
}

Outcome directories(Invocation& call) {
    call.say(fmt::format("Listing plugin directories used by node {}", call.node_name()));
    const auto plugins = find_plugins(call);
    if (!plugins) return fail(plugins.error());
    if (call.show_json(json::object{{"plugins_dir", ""},
                                    {"enabled_plugins_file", plugins->file},
                                    {"plugins_expand_dir", ""}}))
        return {};
    call.print_line("Plugin archives directory: none: plugins are part of the program");
    call.print_line("Plugin expansion directory: none");
    call.print_line("Enabled plugins file: " + plugins->file);
    return {};
}

constexpr Option place_options[] = {{"online", 0, false}, {"offline", 0, false}};
constexpr Option change_options[] = {
    {"all", 0, false}, {"online", 0, false}, {"offline", 0, false}};
constexpr Option list_options[] = {{"minimal", 'm', false}, {"verbose", 'v', false},
                                   {"enabled", 'E', false}, {"implicitly-enabled", 'e', false},
                                   {"online", 0, false},    {"offline", 0, false}};

constexpr Command commands[] = {
    {"directories", tools::plugins, Group::plugins, "[--offline] [--online]",
     "Where the file of enabled plugins is", 0, 0, directories, place_options},
    {"disable", tools::plugins, Group::plugins, "<plugin> ... | --all [--offline] [--online]",
     "Switches plugins off, and those that need them", 0, any_number, disable, change_options},
    {"enable", tools::plugins, Group::plugins, "<plugin> ... | --all [--offline] [--online]",
     "Switches plugins on, on a node that runs at once", 0, any_number, enable, change_options},
    {"is_enabled", tools::plugins, Group::plugins, "<plugin> ... [--offline] [--online]",
     "Fails if one of the plugins is not enabled", 1, any_number, is_enabled, place_options},
    {"list", tools::plugins, Group::plugins,
     "[pattern] [--verbose] [--minimal] [--enabled] [--implicitly-enabled]",
     "Lists plugins, and whether they are enabled and running", 0, 1, list, list_options},
    {"set", tools::plugins, Group::plugins, "<plugin> ... [--offline] [--online]",
     "Switches on these plugins and no others", 0, any_number, set, place_options},
};

}  // namespace

std::span<const Command> plugin_commands() {
    return commands;
}

}  // namespace warren::cli
