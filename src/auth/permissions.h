#pragma once
// What can be asked about a user's rights, and how a refusal reads: the texts are RabbitMQ's, which
// client test suites and operators' log filters match on. Who decides is a backend
// (backends/backend.h); who asks is an AccessControl.
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/users.h"
#include "base/result.h"

namespace warren::auth {

enum class ResourceKind : std::uint8_t { exchange, queue };

// Borrowed names; lives for one question.
struct Resource {
    ResourceKind kind = ResourceKind::queue;
    std::string_view vhost;
    std::string_view name;  // the default exchange is "" here and asked about as amq.default
};

// A routing key used with a topic exchange: write to publish, read to bind and unbind.
struct TopicUse {
    std::string_view vhost;
    std::string_view exchange;
    std::string_view routing_key;
    std::string_view client_id = {};  // of MQTT clients: fills in {client_id}
};

// Nothing, or the text of the refusal. Sent as 403 ACCESS_REFUSED (resource, topic) or 530
// NOT_ALLOWED (vhost).
using AccessDecision = Result<void, std::string>;

std::string_view permission_word(Permission permission);

// "configure access to queue 'q' in vhost '/' refused for user 'u'"
std::string resource_refusal(std::string_view user, const Resource& resource,
                             Permission permission);
// "write access to topic 'k' in exchange 'e' in vhost '/' refused for user 'u'"
std::string topic_refusal(std::string_view user, const TopicUse& use, Permission permission);
// "access to vhost '/' refused for user 'u'"
std::string vhost_refusal(std::string_view user, std::string_view vhost);

}  // namespace warren::auth
