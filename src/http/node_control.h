#pragma once
// What is done to the node as a whole by those who run it: only by the control socket, whose other
// end is the node's owner. Each goes on on the observer's shard when it is done; the error says
// what to mend.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace warren::http {

// What is not named stays as it is.
struct LimitWishes {
    std::optional<double> memory_share;
    std::optional<std::uint64_t> memory_bytes;
    std::optional<double> disk_memory_multiple;
    std::optional<std::uint64_t> disk_bytes;
};

class NodeControl {
public:
    using Done = std::move_only_function<void(Result<void, std::string>)>;

    // Where clients connect is closed, connections stay; or it is opened again.
    virtual void accept_clients(bool accepts, Done done) = 0;
    // Into maintenance: no clients are accepted, and those that are there are sent away. Or back.
    virtual void set_maintenance(bool drained, Done done) = 0;
    // Until the node starts again.
    virtual void set_limits(LimitWishes wishes, Done done) = 0;
    virtual void set_log_level(log::Level lowest, Done done) = 0;
    virtual void reopen_logs(Done done) = 0;
    // It answers, and goes.
    virtual void stop(Done done) = 0;
    // The file of enabled plugins is written, and what they switch on or off is.
    virtual void set_plugins(std::vector<std::string> enabled, Done done) = 0;

protected:
    ~NodeControl() = default;
};

}  // namespace warren::http
