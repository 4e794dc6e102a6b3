#include "app/watchers.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace warren::app {

namespace {

std::string path_of(const logging::LogConfig& log) {
    return log.audit.file.starts_with('/') ? log.audit.file : log.dir + "/" + log.audit.file;
}

// Where the event exchange is to be; empty: nowhere.
std::string event_vhost(const config::Config& config) {
    if (!config.event_exchange_vhost.empty()) return config.event_exchange_vhost;
    const auto& plugins = config.enabled_plugins;
    if (std::ranges::find(plugins, "rabbitmq_event_exchange") == plugins.end()) return {};
    return config.defaults.vhost;
}

}  // namespace

Result<void, std::string> Watchers::open(runtime::Shard& first) {
    if (config_.log.audit.file.empty()) return {};
    audit_log_ = std::make_unique<AuditLog>(path_of(config_.log), config_.log.audit.rotation);
    if (auto opened = audit_log_->open(); !opened) return opened;
    audit_log_->attach(first);
    return {};
}

void Watchers::attach(runtime::Shard& shard, cluster::ShardNode& node) {
    if (audit_log_ != nullptr)
        node.watch_deeds([this, &node](const broker::Actor& actor, const broker::Deed& deed) {
            audit_log_->write(deed_line(actor, deed, node.now().wall));
        });
    if (shard.id().value == 0 && audit_log_ != nullptr) {
        audit_.emplace([this](std::string line) { audit_log_->write(std::move(line)); },
                       [&node] { return node.now().wall; });
        node.watch_changes(*audit_);
    }
    follow_plugins(shard, node);
}

void Watchers::follow_plugins(runtime::Shard& shard, cluster::ShardNode& node) {
    const std::string vhost = event_vhost(config_);
    node.publish_events_in(vhost);
    if (shard.id().value != 0) return;
    if (!vhost.empty() && vhost != std::exchange(events_vhost_, vhost))
        declare_event_exchange(node, vhost);
}

void Watchers::declare_event_exchange(cluster::ShardNode& node, const std::string& vhost) {
    if (!events_) node.watch_changes(events_.emplace(node, config_.node_name));
    if (node.topology().find_vhost(vhost) == nullptr)
        return log::warning(
            log::general,
            "event_exchange.vhost: there is no virtual host '{}', nobody hears of events until it "
            "is there and has the exchange '{}'",
            vhost, broker::event_exchange);
    node.submit({broker::DeclareExchange{.vhost = vhost,
                                         .name = std::string(broker::event_exchange),
                                         .type = "topic",
                                         .durable = true,
                                         .internal = true,
                                         .user = "rmq-internal"}},
                {}, broker::AnswerWhen::in_force);
}

void Watchers::tell_alarms(cluster::ShardNode& node, const http::Alarms& alarms) {
    const http::Alarms before = std::exchange(alarms_, alarms);
    const auto tell = [&](std::string_view source, bool was_on, bool is_on) {
        if (was_on == is_on || !node.wants_events()) return;
        node.emit({is_on ? "alarm.set" : "alarm.cleared",
                   {{"source", source}, {"node", config_.node_name}}});
    };
    tell("memory", before.memory, alarms.memory);
    tell("disk", before.disk, alarms.disk);
}

void Watchers::stop() {
    if (audit_log_ != nullptr) audit_log_->stop();
}

}  // namespace warren::app
