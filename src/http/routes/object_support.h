#pragma once
// What several resources show alike. For .cpp files: includes Boost.JSON.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/queue/queue_commands.h"
#include "broker/queue/queue_stats.h"
#include "broker/routing/route.h"
#include "broker/topology/topology.h"
#include "http/access.h"
#include "http/json_support.h"

namespace warren::http {

json::array exchange_types_json();
// The listeners that serve HTTP.
json::array contexts_json(const Api& api);
std::string crypto_library_version();

// Whether the path names this node; else the call has been refused.
bool is_this_node(const CallRef& call);

// The default exchange is called amq.default in paths.
const broker::ExchangeRecord* find_exchange(const Call& call);
const broker::QueueRecord* find_queue(const Call& call);
std::string_view exchange_name_in(std::string_view part);

// The vhosts that a listing is about: the one in the path, or all that are shown to the user.
// Nothing if there is none of that name: then the call has been refused.
using ShowsVhost = bool (*)(const Call& call, std::string_view vhost);
std::optional<std::vector<const broker::Vhost*>> listed_vhosts(const CallRef& call, bool in_path,
                                                               ShowsVhost shows = enters_vhost);

// Whether the user may; else the call has been refused.
bool check_access(const CallRef& call, const auth::Resource& resource, auth::Permission permission);

// A message was published or handed out by this call: copied if its vhost is traced.
void trace_publish(const Call& call, const broker::Message& message, const broker::Route& route);
void trace_delivery(const Call& call, const broker::Delivery& delivery);

// limits.cpp
namespace routes {
json::object limits_json(const auth::UserLimits& limits);
json::object limits_json(const broker::VhostLimits& limits);
}  // namespace routes

// permissions.cpp. An empty user or vhost stands for all.
json::array permissions_json(const Call& call, std::string_view of_user, std::string_view in_vhost);
json::array topic_permissions_json(const Call& call, std::string_view of_user,
                                   std::string_view in_vhost);

// 201 where there was nothing, 204 where it was there; what is refused is told.
void respond_put(const CallRef& call, const broker::TopologyOutcome& outcome, bool existed);

}  // namespace warren::http
