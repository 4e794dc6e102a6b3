#pragma once
// What runs on one shard of the node: its state, its sessions and the hooks that drive them, put
// together. Made and destroyed on the shard's thread.
#include <memory>
#include <string>
#include <string_view>

#include "app/config/config.h"
#include "app/housekeeping.h"
#include "app/shard_clock.h"
#include "auth/access_control.h"
#include "auth/backends/internal.h"
#include "auth/sasl/registry.h"
#include "cluster/shard_node.h"
#include "runtime/mailbox.h"
#include "runtime/shard.h"
#include "runtime/turn.h"
#include "session/session_context.h"
#include "session/session_table.h"
#include "storage/background.h"

namespace warren::app {

// Who may come in, by the configuration; `internal` outlives what this is given to.
auth::AccessSettings access_of(const config::Config& config, const auth::Backend& internal);

using ShardMail = runtime::MailboxGrid<cluster::ShardBatch>;

class ShardUnit final : private cluster::Interconnect {
public:
    // `lane` does what the shard must not wait for.
    ShardUnit(runtime::Shard& shard, ShardMail& mail, const cluster::ShardLayout& layout,
              const config::Config& config, storage::Background& lane);
    ShardUnit(const ShardUnit&) = delete;
    ShardUnit& operator=(const ShardUnit&) = delete;

    // Hooks in the order of a turn: mail and queues before the sockets are written, batches to
    // other shards after.
    void add_first_hooks() { shard_.add_hook(work_hook_); }
    void add_last_hooks() { shard_.add_hook(post_hook_); }

    runtime::Shard& shard() { return shard_; }
    cluster::ShardNode& node() { return node_; }
    session::SessionTable& sessions() { return sessions_; }
    const session::SessionContext& context() const { return context_; }

    // Publishers are held back while `reason` is not empty.
    void set_alarm(const std::string& reason);
    // What a reload of the configuration may change.
    void reload(const config::Config& config);

private:
    class WorkHook final : public runtime::TurnHook {
    public:
        explicit WorkHook(ShardUnit& unit) : unit_(unit) {}
        bool end_turn(const Now& now) override;
        bool has_mail() const override { return unit_.mail_.has_mail(unit_.shard_.id()); }

    private:
        ShardUnit& unit_;
    };
    class PostHook final : public runtime::TurnHook {
    public:
        explicit PostHook(ShardUnit& unit) : unit_(unit) {}
        bool end_turn(const Now& now) override;

    private:
        ShardUnit& unit_;
        bool congested_ = false;  // at the end of the last turn
    };

    bool post(ShardId to, cluster::ShardBatch& batch) override;
    void arm_timer();
    void rest_queues();

    runtime::Shard& shard_;
    ShardMail& mail_;
    session::SessionTable sessions_;
    ShardClock clock_;
    cluster::ShardNode node_;
    auth::InternalBackend backend_;
    auth::AccessControl access_;
    auth::SaslRegistry sasl_;
    session::SessionContext context_;
    WorkHook work_hook_{*this};
    PostHook post_hook_{*this};
    runtime::Timer deadline_;
    Housekeeping housekeeping_;
    // Some time after queues have worked, those that have nothing come to rest.
    runtime::Timer resting_;
    std::uint64_t rested_activity_ = 0;
    Instant armed_ = Instant::never();
};

}  // namespace warren::app
