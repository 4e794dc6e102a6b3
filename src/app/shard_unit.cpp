#include "app/shard_unit.h"

#include <random>
#include <utility>

#include "app/version.h"

namespace warren::app {

namespace {

constexpr std::int64_t rest_after_ms = 2000;

session::NodeSettings settings_of(const config::Config& config) {
    session::NodeSettings settings;
    settings.heartbeat_s = config.limits.heartbeat_s;
    settings.frame_bytes_max = config.limits.frame_bytes_max;
    settings.channel_max = config.limits.channel_max;
    settings.message_bytes_max = config.limits.message_bytes_max;
    settings.consumer_timeout_ms = config.limits.consumer_timeout_ms;
    settings.default_queue_type = config.default_queue_type;
    settings.relaxed_queue_equivalence = config.relaxed_queue_equivalence;
    settings.handshake_timeout_ms = config.listeners.handshake_timeout_ms
                                        ? std::int64_t{*config.listeners.handshake_timeout_ms}
                                        : INT64_MAX / 2;
    settings.product_version = compatible_version;
    settings.node_name = config.node_name;
    settings.cluster_name = config.cluster_name.empty() ? config.node_name : config.cluster_name;
    return settings;
}

auth::SaslSettings sasl_of(const config::Config& config) {
    auth::SaslSettings settings;
    settings.mechanisms = config.auth.mechanisms;
    if (config.auth.anonymous_login_user)
        settings.anonymous =
            auth::Credentials{*config.auth.anonymous_login_user, config.auth.anonymous_login_pass};
    return settings;
}

}  // namespace

auth::AccessSettings access_of(const config::Config& config, const auth::Backend& internal) {
    auth::AccessSettings settings;
    settings.backends.push_back({&internal, {}});
    settings.loopback_users.insert(config.auth.loopback_users.begin(),
                                   config.auth.loopback_users.end());
    return settings;
}

ShardUnit::ShardUnit(runtime::Shard& shard, ShardMail& mail, const cluster::ShardLayout& layout,
                     const config::Config& config, storage::Background& lane)
    : shard_(shard),
      mail_(mail),
      clock_(shard),
      node_(layout, clock_, sessions_, *this, std::random_device{}()),
      backend_(node_.users()),
      access_(node_.users(), access_of(config, backend_)),
      sasl_(sasl_of(config)),
      context_{node_,
               access_,
               sasl_,
               sessions_.traffic(),
               sessions_.exchanges(),
               sessions_.vhosts(),
               sessions_.logins(),
               settings_of(config),
               {}},
      deadline_(shard.timers(), [this] { shard_.request_turn(); }),
      housekeeping_(shard, lane),
      resting_(shard.timers(), [this] { rest_queues(); }) {
    node_.set_connections_max(config.limits.connections_max);
    sessions_.logins().track(config.auth.track_login_sources);
}

void ShardUnit::set_alarm(const std::string& reason) {
    context_.blocked_reason = reason;
    sessions_.for_each([](session::Connection& connection) { connection.on_alarm(); });
}

void ShardUnit::reload(const config::Config& config) {
    context_.settings = settings_of(config);
    access_.set_loopback_users(
        {config.auth.loopback_users.begin(), config.auth.loopback_users.end()});
    node_.set_connections_max(config.limits.connections_max);
}

bool ShardUnit::WorkHook::end_turn(const Now&) {
    cluster::ShardNode& node = unit_.node_;
    unit_.mail_.drain(unit_.shard_.id(), [&](ShardId from, cluster::ShardBatch& batch) {
        node.receive(from, std::move(batch));
    });
    node.end_turn();
    if (node.crowds_have_grown()) unit_.shard_.give_way();
    return node.needs_turn();
}

bool ShardUnit::PostHook::end_turn(const Now&) {
    unit_.node_.post();
    // Publishers that were held back are read from again.
    if (std::exchange(congested_, unit_.node_.congested()) && !congested_)
        unit_.sessions_.for_each(
            [](session::Connection& connection) { connection.request_attention(); });
    unit_.arm_timer();
    unit_.housekeeping_.note_activity(unit_.node_.activity());
    if (unit_.node_.activity() != unit_.rested_activity_ && !unit_.resting_.pending())
        unit_.resting_.schedule(unit_.shard_.now().instant.plus_ms(rest_after_ms));
    if (unit_.node_.has_unsent())
        unit_.shard_.request_turn_at(unit_.shard_.turn_began_ns() + limits::mailbox_retry_ns);
    // What sessions have sent to queues of this shard while they flushed.
    return unit_.node_.needs_turn();
}

void ShardUnit::rest_queues() {
    rested_activity_ = node_.activity();
    const Instant next = node_.rest_queues();
    if (next != Instant::never()) resting_.schedule(next);
}

bool ShardUnit::post(ShardId to, cluster::ShardBatch& batch) {
    return mail_.post(shard_.id(), to, batch);
}

void ShardUnit::arm_timer() {
    const Instant next = node_.next_deadline();
    if (next == armed_ && deadline_.pending()) return;
    armed_ = next;
    if (next == Instant::never())
        deadline_.cancel();
    else
        deadline_.schedule(next);
}

}  // namespace warren::app
