#pragma once
// Turns changes into lines of the audit log: who has changed what, from where, and what it was
// before and is now. Passwords and their hashes never appear. On shard 0.
//
//   {"time":"...","action":"changed","kind":"policy","vhost":"/","name":"ttl","user":"alice",
//    "address":"10.0.0.7:40112","protocol":"http","before":{"priority":0},"after":{"priority":5}}
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cluster/change_watcher.h"

namespace warren::app {

using WriteAuditLine = std::function<void(std::string line)>;

class AuditRecorder final : public cluster::ChangeWatcher {
public:
    // What a line is about.
    struct Thing {
        std::string_view kind;
        std::string vhost;  // empty: of none
        std::string name;
    };
    using WallClock = std::function<WallTime()>;

    AuditRecorder(WriteAuditLine write, WallClock clock)
        : write_(std::move(write)), clock_(std::move(clock)) {}

    void about_to_change(const cluster::MetadataCommand& command, const State& before,
                         const broker::Actor* actor) override;
    void changed(const cluster::MetadataCommand& command, const State& after) override;

    void exchange_created(const broker::ExchangeRecord& exchange) override;
    void exchange_deleted(const broker::ExchangeRecord& exchange) override;
    void queue_created(const broker::QueueRecord& queue) override;
    void queue_deleted(const broker::QueueRecord& queue) override;
    void binding_created(const broker::Binding& binding) override;
    void binding_deleted(const broker::Binding& binding) override;

private:
    using Description = std::optional<amqp091::FieldTable>;

    void tell(const Thing& thing, const Description& before, const Description& after);

    WriteAuditLine write_;
    WallClock clock_;
    broker::Actor actor_;  // of the change under way
    Description before_;   // of what the change is about, unless the topology tells
};

// What was noted on any shard.
std::string deed_line(const broker::Actor& actor, const broker::Deed& deed, WallTime time);

}  // namespace warren::app
