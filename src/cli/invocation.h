#pragma once
// One command being carried out: what was typed, the node that is asked, and where the answer goes.
// For .cpp files: includes Boost.JSON.
#include <cstdio>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/node_client.h"
#include "cli/table.h"

namespace warren::cli {

class Invocation {
public:
    struct Setting {
        Tool tool = Tool::warrenctl;
        std::string node_name;  // as the options and the environment have it
        Format format = Format::table;
        bool format_chosen = false;
    };

    Invocation(const Command& command, const Arguments& arguments, Setting setting,
               NodeClient& node)
        : command_(command), arguments_(arguments), setting_(std::move(setting)), node_(node) {}

    const Command& command() const { return command_; }
    const Arguments& arguments() const { return arguments_; }
    Tool tool() const { return setting_.tool; }
    const std::string& node_name() const { return setting_.node_name; }
    NodeClient& node() { return node_; }
    const std::string& data_folder() const { return node_.data_folder(); }

    // What follows the command; the words are there by the command's words_min.
    std::size_t word_count() const { return arguments_.words.size() - 1; }
    const std::string& word(std::size_t n) const { return arguments_.words[n + 1]; }
    std::string vhost() const;
    bool has(std::string_view option) const { return arguments_.has(option); }
    std::string_view option(std::string_view name) const { return arguments_.value(name); }

    // ---- output ----
    // For people only: not with --quiet, nor in a format for programs.
    void say(std::string_view line);
    // What came out of a command that shows nothing else: printed with --quiet, too, and as
    // {"result":"ok","message":...} where JSON is wanted.
    void conclude(std::string_view line, const json::value& result = "ok");
    void print(std::string_view text);
    void print_line(std::string_view line);
    bool quiet() const { return has("quiet") || has("silent") || is_for_programs(format()); }
    Format format() const { return setting_.format; }
    // Where a command has a format of its own for people.
    bool format_chosen() const { return setting_.format_chosen; }
    void show(const Table& table);
    // A JSON document where that is the format; else false.
    bool show_json(const json::value& value);
    // The same with the node that was asked, and that all is well, before `members`.
    bool show_json_of_node(const json::object& members);
    // One thing that was asked for: as text, or as {"value":...,"result":"ok"}.
    void give(const json::value& value);
    // The same with the node that was asked.
    void give_of_node(const json::value& value);
    // Nothing was to be shown: {"node":...,"result":"ok"} where JSON is wanted and nothing came
    // yet.
    void end();

    // ---- the node ----
    // Any answer. The failure says that there is none.
    Result<Reply, Failure> ask(const Question& question);
    // What is there; the failure has the node's words.
    Result<json::value, Failure> get(const std::string& path);
    Result<json::array, Failure> list(const std::string& path);
    // As list(), of one vhost: one that does not exist has nothing.
    Result<json::array, Failure> list_in_vhost(std::string_view resource);
    Outcome change(std::string_view method, const std::string& path, const json::value& body = {});
    // Whether GET of it is answered with 200.
    Result<bool, Failure> exists(const std::string& path);
    // The failure says that the vhost of the call does not exist, or that the user does not.
    Outcome need_vhost();
    Outcome need_user(const std::string& name);

private:
    const Command& command_;
    const Arguments& arguments_;
    Setting setting_;
    NodeClient& node_;
    bool has_printed_ = false;
};

// As the node tells why it refused; `status` is 400 or more.
Failure failure_of(const Reply& reply);
// "The node 'rabbit@host' cannot be asked", and what to look at.
Failure unreachable(std::string_view node_name, std::string_view why);

}  // namespace warren::cli
