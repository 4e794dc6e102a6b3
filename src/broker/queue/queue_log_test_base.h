#pragma once
// A queue with a log for tests: the disk is a model that outlives the queue.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {

class QueueLogTest : public QueueTest {
protected:
    void make_durable(QueueSettings settings = {}) {
        settings.durable = true;
        settings_ = std::move(settings);
        open(0);
    }
    // What a node that stops in order does, and starts again; without `delivered_through`: what
    // follows a crash.
    void restart() { open(queue().delivered_through()); }
    void crash() { open(std::nullopt); }

    void publish_persistent(const std::string& text, MessageTraits traits = {}) {
        traits.persistent = true;
        publish(text, traits);
    }
    void publish_persistent_all(const Bodies& bodies) {
        for (const std::string& body : bodies)
            publish_persistent(body);
    }
    // Everything that waits is on disk only.
    void page_out() { page_out(disk.last_position()); }
    void page_out(std::uint64_t through) {
        disk.begin_paging(through);
        ASSERT_TRUE(disk.is_paging());
        disk.end_paging();
        queue().check_invariants();
    }
    // What the disk holds, in order of arrival.
    std::vector<std::uint64_t> logged() const {
        std::vector<std::uint64_t> positions;
        for (const auto& [position, entry] : disk.entries())
            positions.push_back(position);
        return positions;
    }
    std::uint64_t paged() { return queue().stats().paged; }

    QueueDisk disk;

private:
    void open(std::optional<std::uint64_t> delivered_through) {
        host.turn_wanted = host.log_wanted = false;
        host.timer = Instant::never();
        make(settings_);
        queue().attach(
            [&](auto& owner, auto& sink, auto& restored) {
                return disk.open(owner, sink, delivered_through, restored);
            },
            {});
        queue().check_invariants();
    }

    QueueSettings settings_;
};

using Positions = std::vector<std::uint64_t>;

}  // namespace warren::broker::testing
