#pragma once
// Who wants to know what happens on the node, if the configuration says so: the event exchange and
// the audit log.
#include <memory>
#include <optional>

#include "app/audit_log.h"
#include "app/audit_recorder.h"
#include "app/config/config.h"
#include "base/result.h"
#include "cluster/event_recorder.h"
#include "cluster/shard_node.h"
#include "http/node_facts.h"
#include "runtime/shard.h"

namespace warren::app {

class Watchers {
public:
    explicit Watchers(const config::Config& config) : config_(config) {}

    // Before any shard starts. Lines of all shards go through the first one.
    Result<void, std::string> open(runtime::Shard& first);
    // On each shard, once its node knows what exists.
    void attach(runtime::Shard& shard, cluster::ShardNode& node);
    // On each shard, when other plug-ins are enabled.
    void follow_plugins(runtime::Shard& shard, cluster::ShardNode& node);
    // On the first shard.
    void tell_alarms(cluster::ShardNode& node, const http::Alarms& alarms);
    // The shards' loops have ended.
    void stop();

private:
    void declare_event_exchange(cluster::ShardNode& node, const std::string& vhost);

    const config::Config& config_;
    std::unique_ptr<AuditLog> audit_log_;
    std::optional<AuditRecorder> audit_;
    std::optional<cluster::EventRecorder> events_;
    std::string events_vhost_;  // where the event exchange was declared last
    http::Alarms alarms_;       // as they were told last
};

}  // namespace warren::app
