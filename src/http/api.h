#pragma once
// The HTTP API of a node: RabbitMQ's resources under /api, answered from the observer's own replica
// of what exists. Lives on the observer's shard.
//
//   handle(request) ─▶ router finds the resource ─▶ access: who is it, may they ─▶ its handler
//
// A handler answers at once or, when it has asked somebody, later: it keeps the Call until then.
#include <functional>
#include <memory>
#include <string>

#include "auth/access_control.h"
#include "auth/peer.h"
#include "base/clock.h"
#include "cluster/shard_node.h"
#include "http/auth_attempts.h"
#include "http/delays.h"
#include "http/messages/message_jobs.h"
#include "http/node_control.h"
#include "http/node_facts.h"
#include "http/question_desk.h"
#include "http/request_handler.h"
#include "http/shard_reports.h"
#include "http/statistics/sampler.h"
#include "http/traces/traces.h"

namespace warren::http {

class Call;

// What the API works with; all of it outlives it and is of its shard.
struct ApiParts {
    cluster::ShardNode& node;
    const auth::AccessControl& access;
    QuestionDesk& desk;
    MessageJobs& jobs;
    ShardReports& reports;
    Delays& delays;
    NodeControl& control;
    std::function<NodeGauges()> gauges;
    statistics::Sampler& sampler;
    AuthCounts& auth_attempts;
    Traces& traces;
};

class Api final : public RequestHandler {
public:
    Api(ApiParts parts, NodeFacts facts, ApiSettings settings);
    ~Api();

    void handle(Request request, const auth::Peer& peer, Responder responder) override;

    // ---- for handlers ----
    const broker::Topology& topology() const { return parts_.node.topology(); }
    const auth::UserTable& users() const { return parts_.node.users(); }
    const auth::AccessControl& access() const { return parts_.access; }
    QuestionDesk& desk() { return parts_.desk; }
    MessageJobs& jobs() { return parts_.jobs; }
    ShardReports& reports() { return parts_.reports; }
    statistics::Sampler& sampler() const { return parts_.sampler; }
    Delays& delays() { return parts_.delays; }
    NodeControl& control() { return parts_.control; }
    cluster::ShardNode& node() { return parts_.node; }
    Now now() const { return parts_.node.now(); }
    const NodeFacts& facts() const { return facts_; }
    const ApiSettings& settings() const { return settings_; }
    // As it was set last, else as configured.
    std::string cluster_name() const;
    NodeGauges gauges() const {
        NodeGauges gauges = parts_.gauges();
        gauges.memory_limit_bytes = limits_.memory_bytes;
        gauges.disk_limit_bytes = limits_.disk_bytes;
        return gauges;
    }
    const Alarms& alarms() const { return alarms_; }
    // Not in maintenance.
    bool in_service() const { return in_service_; }
    AuthCounts& auth_attempts() { return parts_.auth_attempts; }
    Traces& traces() { return parts_.traces; }

    void set_alarms(const Alarms& alarms) { alarms_ = alarms; }
    void set_limits(const ResourceLimits& limits) { limits_ = limits; }
    void set_in_service(bool in_service) { in_service_ = in_service; }
    void set_plugins(std::vector<ListenerFact> listeners, std::vector<std::string> running,
                     std::vector<std::string> enabled) {
        facts_.listeners = std::move(listeners);
        facts_.running_plugins = std::move(running);
        facts_.enabled_plugins = std::move(enabled);
    }
    // The headers that every answer has.
    void add_common_headers(const Call& call, Response& response);
    // If the client takes it so, and it is worth it.
    void compress(const Call& call, Response& response);

private:
    std::string_view date();

    ApiParts parts_;
    NodeFacts facts_;
    ApiSettings settings_;
    Alarms alarms_;
    ResourceLimits limits_;
    bool in_service_ = true;
    std::string date_;
    std::int64_t date_s_ = -1;
};

}  // namespace warren::http
