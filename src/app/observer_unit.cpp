#include "app/observer_unit.h"

#include <algorithm>
#include <random>
#include <utility>

#include "app/config/enabled_plugins.h"
#include "app/http_settings.h"
#include "base/limits.h"

namespace warren::app {

struct ObserverUnit::Delayed {
    Delayed(runtime::Shard& shard, std::move_only_function<void()> its_work)
        : work(std::move(its_work)),
          timer(shard.timers(), [this] { std::exchange(work, nullptr)(); }) {}

    std::move_only_function<void()> work;  // null once done
    runtime::Timer timer;
};

namespace {

// Other users are asked for as well, when somebody wants to know whether a password is right.
auth::AccessSettings control_access(const config::Config& config, const OwnerBackend& owner,
                                    const auth::Backend& internal) {
    auth::AccessSettings settings = access_of(config, internal);
    settings.backends.insert(settings.backends.begin(), {&owner, {}});
    return settings;
}

// What is configured is for those who come from outside.
http::ApiSettings control_settings() {
    http::ApiSettings settings;
    settings.connections.body_bytes_max = 1u << 30;
    settings.refusal_delay_ms = 0;
    settings.is_control = true;
    settings.protocol = "cli";
    return settings;
}

}  // namespace

ObserverUnit::ObserverUnit(runtime::Shard& shard, ShardMail& mail,
                           const cluster::ShardLayout& layout, const config::Config& config,
                           ShardReporter& reporter, http::NodeControl& control,
                           http::NodeFacts facts, http::ApiSettings settings, LinkSettings links,
                           std::function<http::NodeGauges()> gauges)
    : shard_(shard),
      mail_(mail),
      clock_(shard),
      node_(layout, clock_, desk_, *this, std::random_device{}()),
      trace_folder_(config.tracing_dir.empty() ? config.log.dir + "/traces" : config.tracing_dir,
                    shard),
      backend_(node_.users()),
      access_(node_.users(), access_of(config, backend_)),
      sampler_({reporter, *this, node_.topology(), [this] { return node_.now(); }, gauges},
               {.interval_ms = config.management.sample_interval_ms,
                .bytes_max = config.management.histories_bytes_max,
                .details = config.management.rates_mode == "detailed" ? session::Details::yes
                                                                      : session::Details::no,
                .retention = retention_policies(config.management)}),
      api_({node_, access_, desk_, jobs_, reporter, *this, control, gauges, sampler_,
            auth_attempts_, traces_},
           facts, std::move(settings)),
      control_access_(node_.users(), control_access(config, owner_, backend_)),
      control_api_({node_, control_access_, desk_, jobs_, reporter, *this, control,
                    std::move(gauges), sampler_, auth_attempts_, traces_},
                   std::move(facts), control_settings()),
      links_(control_api_, shard, std::move(links)),
      factory_(api_, control_api_, metrics_, links_, shard),
      registry_(shard, factory_) {
    desk_.attach(node_);
    auth_attempts_.http_sources().track(config.auth.track_login_sources);
    reporter.count_also(desk_.traffic(), auth_attempts_.http_sources());
    shard.add_hook(work_hook_);
    shard.add_hook(registry_);
    shard.add_hook(post_hook_);
}

ObserverUnit::~ObserverUnit() = default;

void ObserverUnit::set_alarms(const http::Alarms& alarms) {
    api_.set_alarms(alarms);
    control_api_.set_alarms(alarms);
}

void ObserverUnit::set_limits(const http::ResourceLimits& limits) {
    api_.set_limits(limits);
    control_api_.set_limits(limits);
}

void ObserverUnit::set_in_service(bool in_service) {
    api_.set_in_service(in_service);
    control_api_.set_in_service(in_service);
}

void ObserverUnit::set_plugins(const std::vector<http::ListenerFact>& listeners,
                               const std::vector<std::string>& enabled) {
    for (http::Api* api : {&api_, &control_api_})
        api->set_plugins(listeners, config::with_dependencies(enabled), enabled);
    if (std::ranges::find(enabled, http::tracing_plugin) == enabled.end()) traces_.stop_all();
}

void ObserverUnit::reload(const config::Config& config) {
    access_.set_loopback_users(
        {config.auth.loopback_users.begin(), config.auth.loopback_users.end()});
}

bool ObserverUnit::WorkHook::end_turn(const Now&) {
    cluster::ShardNode& node = unit_.node_;
    unit_.mail_.drain(unit_.shard_.id(), [&](ShardId from, cluster::ShardBatch& batch) {
        node.receive(from, std::move(batch));
    });
    node.end_turn();
    return node.needs_turn();
}

bool ObserverUnit::PostHook::end_turn(const Now&) {
    unit_.node_.post();
    unit_.drop_done();
    if (unit_.node_.has_unsent())
        unit_.shard_.request_turn_at(unit_.shard_.turn_began_ns() + limits::mailbox_retry_ns);
    return unit_.node_.needs_turn();
}

bool ObserverUnit::post(ShardId to, cluster::ShardBatch& batch) {
    return mail_.post(shard_.id(), to, batch);
}

void ObserverUnit::after_ms(std::int64_t ms, std::move_only_function<void()> work) {
    delayed_.push_back(std::make_unique<Delayed>(shard_, std::move(work)));
    delayed_.back()->timer.schedule(shard_.now().instant.plus_ms(ms));
}

// A timer is not destroyed while it calls.
void ObserverUnit::drop_done() {
    std::erase_if(delayed_, [](const auto& delayed) { return delayed->work == nullptr; });
}

}  // namespace warren::app
