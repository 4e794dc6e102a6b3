#pragma once
// Orders to the node that come by the control socket: taken on the observer's shard, carried out by
// the main thread, which owns the node, its alarms and its log, and answered on the observer's
// shard.
#include <functional>

#include "base/result.h"
#include "http/node_control.h"
#include "runtime/inbox.h"
#include "runtime/shard.h"

namespace warren::app {

// How the main thread carries them out.
struct NodeWork {
    std::function<Result<void, std::string>(bool accepts)> accept_clients;
    std::function<Result<void, std::string>(bool drained)> set_maintenance;
    std::function<Result<void, std::string>(const http::LimitWishes& wishes)> set_limits;
    std::function<Result<void, std::string>(log::Level lowest)> set_log_level;
    std::function<Result<void, std::string>()> reopen_logs;
    std::function<Result<void, std::string>()> stop;
    std::function<Result<void, std::string>(const std::vector<std::string>& enabled)> set_plugins;
};

class NodeOrders final : public http::NodeControl {
public:
    // `wake` tells the main thread to call carry_out().
    NodeOrders(runtime::Shard& observer, std::function<void()> wake)
        : observer_(observer), inbox_(std::move(wake)) {}

    // By the main thread. `work` outlives the call; what it points to is the main thread's.
    void carry_out(const NodeWork& work);

    // ---- on the observer's shard ----
    void accept_clients(bool accepts, Done done) override;
    void set_maintenance(bool drained, Done done) override;
    void set_limits(http::LimitWishes wishes, Done done) override;
    void set_log_level(log::Level lowest, Done done) override;
    void reopen_logs(Done done) override;
    void stop(Done done) override;
    void set_plugins(std::vector<std::string> enabled, Done done) override;

private:
    using Order = std::move_only_function<Result<void, std::string>(const NodeWork& work)>;
    void give(Order order, Done done);

    runtime::Shard& observer_;
    runtime::Inbox inbox_;
    const NodeWork* work_ = nullptr;  // the main thread's, while it carries out
};

}  // namespace warren::app
