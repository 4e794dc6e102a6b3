#pragma once
// What runs on the observer's shard: its replica of what exists, and the HTTP API with its
// connections. Made and destroyed on that shard's thread.
#include <functional>
#include <memory>
#include <vector>

#include "app/config/config.h"
#include "app/http_session.h"
#include "app/link_session.h"
#include "app/owner_backend.h"
#include "app/shard_reporter.h"
#include "app/shard_unit.h"
#include "app/trace_folder.h"
#include "auth/access_control.h"
#include "auth/backends/internal.h"
#include "cluster/shard_node.h"
#include "http/api.h"
#include "http/metrics/endpoint.h"
#include "http/question_desk.h"
#include "net/connection_registry.h"
#include "runtime/shard.h"
#include "runtime/turn.h"

namespace warren::app {

class ObserverUnit final : private cluster::Interconnect, private http::Delays {
public:
    ObserverUnit(runtime::Shard& shard, ShardMail& mail, const cluster::ShardLayout& layout,
                 const config::Config& config, ShardReporter& reporter, http::NodeControl& control,
                 http::NodeFacts facts, http::ApiSettings settings, LinkSettings links,
                 std::function<http::NodeGauges()> gauges);
    ObserverUnit(const ObserverUnit&) = delete;
    ObserverUnit& operator=(const ObserverUnit&) = delete;
    ~ObserverUnit();

    cluster::ShardNode& node() { return node_; }
    net::ConnectionRegistry& registry() { return registry_; }
    void set_alarms(const http::Alarms& alarms);
    void set_limits(const http::ResourceLimits& limits);
    void set_in_service(bool in_service);
    void set_plugins(const std::vector<http::ListenerFact>& listeners,
                     const std::vector<std::string>& enabled);

    void reload(const config::Config& config);
    // Once the shards can be asked.
    void start_statistics() { sampler_.start(); }

private:
    class WorkHook final : public runtime::TurnHook {
    public:
        explicit WorkHook(ObserverUnit& unit) : unit_(unit) {}
        bool end_turn(const Now& now) override;
        bool has_mail() const override { return unit_.mail_.has_mail(unit_.shard_.id()); }

    private:
        ObserverUnit& unit_;
    };
    class PostHook final : public runtime::TurnHook {
    public:
        explicit PostHook(ObserverUnit& unit) : unit_(unit) {}
        bool end_turn(const Now& now) override;

    private:
        ObserverUnit& unit_;
    };
    struct Delayed;

    bool post(ShardId to, cluster::ShardBatch& batch) override;
    void after_ms(std::int64_t ms, std::move_only_function<void()> work) override;
    void drop_done();

    runtime::Shard& shard_;
    ShardMail& mail_;
    http::QuestionDesk desk_;
    ShardClock clock_;
    cluster::ShardNode node_;
    http::MessageJobs jobs_{node_, desk_};
    TraceFolder trace_folder_;
    http::Traces traces_{node_, desk_, trace_folder_};
    auth::InternalBackend backend_;
    auth::AccessControl access_;
    http::statistics::Sampler sampler_;
    http::AuthCounts auth_attempts_;
    http::Api api_;
    // The same by the control socket, where the node's owner needs no password.
    OwnerBackend owner_;
    auth::AccessControl control_access_;
    http::Api control_api_;
    http::metrics::Endpoint metrics_{api_};
    LinkDoor links_;
    HttpSessionFactory factory_;
    net::ConnectionRegistry registry_;
    std::vector<std::unique_ptr<Delayed>> delayed_;
    WorkHook work_hook_{*this};
    PostHook post_hook_{*this};
};

}  // namespace warren::app
