#pragma once
// RabbitMQ's definitions (load_definitions, /api/definitions): users, virtual hosts, permissions,
// policies, parameters, exchanges, queues and bindings as JSON. Reading is all or nothing: either
// every object of every file is understood, refers to what exists, and becomes a command, or one
// error says where the first fault is and nothing has happened.
//
// Merge rules are RabbitMQ's: users, permissions, virtual hosts and policies take on what the file
// says;
// exchanges and queues that exist stay as they are, whatever the file says about them.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/user_commands.h"
#include "auth/users.h"
#include "base/result.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_command.h"
#include "cluster/metadata_command.h"
#include "http/definitions/definitions_error.h"

namespace warren::http {

// A global parameter that listings and exports leave out: what was imported last, for
// definitions.skip_if_unchanged. RabbitMQ's name.
inline constexpr std::string_view imported_definitions_parameter = "imported_definition_hash_value";

struct Definition {
    std::string label;  // for the log: "queue 'q' in vhost '/'"
    std::variant<auth::UserCommand, broker::TopologyCommand> command;
};

struct Definitions {
    // To be submitted in this order. New queues have no shard yet.
    std::vector<Definition> commands;
    // Exchanges and queues that are there: labels.
    std::vector<std::string> kept;
    // What was read and is not acted upon, in whole sentences.
    std::vector<std::string> warnings;
};

// What is there before: definitions may refer to it.
struct ExistingObjects {
    const broker::Topology& topology;
    const auth::UserTable& users;
    // password_hashing_module, for users whose password stands in the file in clear.
    auth::HashingAlgorithm hashing = auth::HashingAlgorithm::sha256;
    // default_queue_type, for virtual hosts that name none.
    broker::QueueType default_queue_type = broker::QueueType::classic;
    // What comes with a new virtual host; none: nothing does.
    cluster::VhostDefaults vhost_defaults = {};
};

// `path` is a file, or a folder whose *.json files are read in the order of their names, as if they
// were one.
Result<Definitions, DefinitionsError> load_definitions(const std::string& path,
                                                       const ExistingObjects& existing);

// Of the names and texts of those files: another when any of them is. In hex.
Result<std::string, DefinitionsError> digest_of_definitions(const std::string& path);
std::string digest_of_text(std::string_view text);

// One file's text; `file` is its name in errors.
Result<Definitions, DefinitionsError> parse_definitions(std::string_view file,
                                                        std::string_view text,
                                                        const ExistingObjects& existing);

// What such a text says about one virtual host, which exists: the export of one, whose objects name
// none, or the part of a whole export that can stand in one.
Result<Definitions, DefinitionsError> parse_vhost_definitions(std::string_view file,
                                                              std::string_view text,
                                                              const std::string& vhost,
                                                              const ExistingObjects& existing);

}  // namespace warren::http
