#pragma once
// The classic queue once more, for simulations: the same rules written as plainly as possible, with
// vectors that are searched from end to end. What it says goes into a log of words that is compared
// with what the real queue said.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/queue/queue_commands.h"
#include "broker/queue/queue_host.h"
#include "broker/queue/queue_settings.h"

namespace warren::broker::testing {

std::string words(const ConsumerId& id);
std::string words(DeathReason reason);
std::string words(ConfirmOutcome outcome);
std::string words(const QueueReplyBody& reply);

struct ModelMessage {
    std::string body;
    std::uint64_t position = 0;
    Instant deadline = Instant::never();
    int level = 0;
    bool redelivered = false;
    bool kept = false;  // is to survive a restart
};

struct ModelConsumer {
    ConsumerSpec spec;
    int order = 0;
    bool active = false;
    bool asked = false;
    std::uint32_t grants = 0;
    std::uint64_t passing_messages = 0;
    std::uint64_t passing_bytes = 0;
};

struct ModelUnacked {
    ModelMessage message;
    ConsumerId holder;
};

class QueueModel {
public:
    QueueModel(QueueSettings settings, bool has_log, Instant start)
        : now(start), settings_(std::move(settings)), has_log_(has_log), last_use_(start) {}

    void publish(const std::string& body, const MessageTraits& traits, std::uint64_t sequence);
    void consume(const ConsumerSpec& spec);
    void cancel(const ConsumerId& id);
    void settle(const Settle& command);
    void credit(const Credit& command);
    void grant(const Grant& command);
    void get(const ConsumerId& holder, bool auto_ack);
    void purge();
    void remove(bool if_unused, bool if_empty);
    void inspect(bool counts_as_use);
    void release(ConnectionId connection, ChannelId channel);
    void recover(ConnectionId connection, ChannelId channel);
    void update_settings(QueueSettings settings);
    void letter_done(std::uint64_t position) { letters_.erase(position); }
    void work();
    void on_timer();
    // The queue is made anew from what its log holds: messages with these positions, up to
    // `delivered_through` as redelivered ones. The clock that deadlines are told by has jumped
    // ahead by so much, and only it.
    void restart(const std::set<std::uint64_t>& positions, std::uint64_t last_position,
                 std::uint64_t delivered_through, std::int64_t clock_jump_ms);

    // When something happens by itself.
    Instant earliest_event() const;
    std::size_t ready() const { return ready_.size(); }
    std::uint64_t ready_bytes() const;
    const std::map<std::uint64_t, ModelUnacked>& unacked() const { return unacked_; }
    const std::map<ConsumerId, ModelConsumer>& consumers() const { return consumers_; }
    bool leaving() const { return leaving_; }
    std::uint64_t last_position() const { return next_position_ - 1; }
    // No message above has been handed out; of those that are there.
    std::uint64_t delivered_through() const;
    // Another machine has taken over, which knows nothing of messages that have gone.
    void rested() { redelivered_through_ = 0; }
    // Those that have died and must not be forgotten yet.
    const std::map<std::uint64_t, ModelMessage>& letters() const { return letters_; }
    // All messages, ready, unacknowledged and letters, in order of positions.
    std::vector<ModelMessage> messages() const;

    Instant now;
    std::vector<std::string> log;

private:
    using Position = std::vector<ModelMessage>::iterator;

    void say(std::string text) { log.push_back(std::move(text)); }
    Position front();
    bool exceeded(std::uint64_t more_messages, std::uint64_t more_bytes) const;
    void drop_excess();
    void die(const ModelMessage& message, DeathReason reason);
    void expire(Instant until);
    void match();
    void catch_up();
    ConsumerId* next_taker();
    std::uint32_t held_by(const ConsumerId& id) const;
    void relist(const ConsumerId& id);
    void requeue(const std::vector<std::uint64_t>& indices);
    void requeue_channel(ConnectionId connection, ChannelId channel);
    void drop_consumer(const ConsumerId& id);
    void activate_next();
    void consumer_left();
    std::string hand_out(const ModelMessage& message, const ConsumerId& holder, bool auto_ack);

    QueueSettings settings_;
    bool has_log_;
    std::vector<ModelMessage> ready_;
    std::map<std::uint64_t, ModelUnacked> unacked_;
    std::map<std::uint64_t, ModelMessage> letters_;
    std::map<ConsumerId, ModelConsumer> consumers_;
    std::vector<ConsumerId> line_;  // those that may take a message, in the order of their turns
    std::uint64_t next_position_ = 1;
    std::uint64_t next_index_ = 1;
    int joined_ = 0;
    Instant last_use_;
    std::uint64_t redelivered_through_ = 0;
    bool leaving_ = false;
};

}  // namespace warren::broker::testing
