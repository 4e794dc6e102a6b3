#pragma once
// Which resource a path is, and which handlers it has. The table itself is routes/table.cpp.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/call.h"

namespace warren::http {

// Who may use a resource: everybody, who has one of RabbitMQ's tags, and who may enter the vhost
// that the path names.
enum class Need : std::uint8_t {
    nothing,
    management,
    monitoring,
    policymaker,
    administrator,
    vhost,          // management, and access to the vhost
    visible_vhost,  // the same, but who monitors sees all
    policy_vhost,   // policymaker, and access to the vhost
    owner,          // by the control socket only: from outside it is not there
};

using Handler = void (*)(const CallRef& call);

struct Handlers {
    Handler get = nullptr;
    Handler put = nullptr;
    Handler post = nullptr;
    Handler del = nullptr;
};

struct Resource {
    std::string_view path;  // below /api/, such as "queues/:vhost/:queue"
    Handlers handlers;
    Need need = Need::management;
    Need need_to_change = need;  // for all but GET
    // A body is taken only as application/json: 415 else.
    bool json_only = false;
};

struct Match {
    const Resource* resource = nullptr;
    std::vector<std::string> parts;  // in the order of the ":name" parts of the path
};

// The path is what comes behind /api. A resource with a fixed word goes before one with a name.
std::optional<Match> find_resource(std::span<const Resource> table,
                                   std::span<const std::string> path);

// The handler for the method; null if the resource has none.
Handler handler_for(const Resource& resource, Method method);
// "HEAD, GET, PUT, OPTIONS".
std::string allowed_methods(const Resource& resource);

// All resources there are.
std::span<const Resource> resource_table();
// The pages beside them (routes/pages.cpp); their paths are not below /api, but whole.
std::span<const Resource> page_table();

}  // namespace warren::http
