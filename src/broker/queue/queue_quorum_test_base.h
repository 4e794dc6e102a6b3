#pragma once
// A quorum queue with a log for tests. A turn() ends with everything on the disk and committed;
// log_turn() only logs.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "amqp091/content_header.h"
#include "broker/queue/queue_log_test_base.h"
#include "broker/quorum/raft_record.h"

namespace warren::broker::testing {

// The counters that a consumer finds in a message's headers.
struct MessageCounters {
    std::optional<std::int64_t> acquired;
    std::optional<std::int64_t> failed;
    friend bool operator==(const MessageCounters&, const MessageCounters&) = default;
};

class QuorumTest : public QueueLogTest {
protected:
    void make_quorum(QueueSettings settings = {}) {
        settings.type = QueueType::quorum;
        settings.priority_max = 31;
        make_durable(std::move(settings));
    }
    void log_turn() {
        host.run_turns(queue());
        queue().check_invariants();
    }
    // Of a turn in which nothing has arrived a queue need not hear.
    void commit() {
        if (host.mark != committed_) queue().committed(committed_ = host.mark);
        host.run_turns(queue());
        queue().check_invariants();
    }
    void turn() {
        log_turn();
        commit();
    }
    void settle_and_turn(const std::string& body, Settlement settlement) {
        settle(body, settlement);
        turn();
    }
    // Delivers the message that is next to `consumer` and gives it back, some times.
    void return_next(const std::string& body, Settlement settlement, int times) {
        for (int i = 0; i < times; ++i)
            settle_and_turn(body, settlement);
    }
    static MessageCounters counters_of(const MessageRef& message) {
        const auto header = amqp091::ContentHeader::decode(message->header());
        if (!header) return {-1, -1};
        const amqp091::FieldTable headers = header->headers().decode();
        MessageCounters counters;
        if (const auto* value = headers.find("x-acquired-count"))
            counters.acquired = value->as_integer();
        if (const auto* value = headers.find("x-delivery-count"))
            counters.failed = value->as_integer();
        return counters;
    }
    MessageCounters last_counters() const { return counters_of(host.delivered.back().message); }
    // Positions of messages that the disk holds.
    Positions messages_logged() const {
        Positions positions;
        for (const auto& [position, entry] : disk.entries())
            if (entry.head.level < RaftRecord::log_level) positions.push_back(position);
        return positions;
    }
    std::uint64_t entries_of(std::uint8_t level) const {
        std::uint64_t count = 0;
        for (const auto& [position, entry] : disk.entries())
            count += entry.head.level == level;
        return count;
    }
    void advance(std::int64_t ms) {
        host.advance(queue(), ms);
        turn();
    }
    // Publishes and commits one at a time; what publishers hear.
    std::vector<ConfirmOutcome> publish_one_by_one(int count) {
        for (int i = 0; i < count; ++i) {
            publish("m" + std::to_string(i + 1));
            turn();
        }
        return take_confirms();
    }
    std::uint64_t ready() { return queue().stats().ready; }
    std::vector<ConfirmOutcome> take_confirms() {
        std::vector<ConfirmOutcome> outcomes;
        for (const auto& one : std::exchange(host.confirmed, {}))
            outcomes.push_back(one.outcome);
        return outcomes;
    }

private:
    std::uint64_t committed_ = 0;  // the mark
};

}  // namespace warren::broker::testing
