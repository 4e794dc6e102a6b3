#pragma once
// A change to what the node knows: the value that the metadata log orders, keeps, and later
// replicates. Its byte form is in metadata_codec.h.
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "auth/user_commands.h"
#include "broker/shard_services.h"
#include "broker/topology/topology_command.h"

namespace warren::cluster {

using MetadataCommand = std::variant<broker::TopologyCommand, auth::UserCommand>;
// Shared by the shards that apply it; never changed.
using SharedCommand = std::shared_ptr<const MetadataCommand>;

// A change and who is to hear of it.
struct MetadataRequest {
    MetadataCommand command;
    broker::RequestTicket ticket;  // connection 0: a question of the node itself; number 0: nobody
    ChannelId channel;
    broker::AnswerWhen when = broker::AnswerWhen::safe;
    broker::ActorRef actor = {};
};
using MetadataRun = std::vector<MetadataRequest>;

// What a vhost begins with that has just been made by this command.
using VhostDefaults = std::function<std::vector<MetadataCommand>(const broker::CreateVhost&)>;

}  // namespace warren::cluster
