#pragma once
// A shard for tests of one queue: a clock that stands still, turns that run when told, and a record
// of all that the queue says.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/queue/queue.h"
#include "broker/queue/queue_test_messages.h"

namespace warren::broker::testing {

inline ConsumerId consumer_id(std::uint64_t connection, std::uint16_t channel = 1,
                              std::uint32_t number = 1) {
    return {{connection}, {channel}, number};
}

class TestHost final : public QueueHost {
public:
    struct Delivered {
        ConsumerId consumer;
        DeliveryIndex index;
        std::string body;
        bool redelivered = false;
        MessageRef message;
    };
    struct Dead {
        std::string body;
        DeathReason reason;
        friend bool operator==(const Dead&, const Dead&) = default;
    };
    struct Passed {
        std::string body;
        std::uint64_t position = 0;
        friend bool operator==(const Passed&, const Passed&) = default;
    };
    struct Confirmed {
        std::uint64_t sequence = 0;
        ConfirmOutcome outcome = ConfirmOutcome::refused;
        friend bool operator==(const Confirmed&, const Confirmed&) = default;
    };
    struct Reply {
        RequestTicket ticket;
        QueueReplyBody body;
    };
    struct DeleteRequest {
        RequestTicket ticket;
        std::uint64_t messages = 0;
    };

    Now now() const override { return {clock, {wall_offset_ms + clock.ms}}; }
    Now arrival_time() override {
        const Now start = now();
        return {start.instant.plus_ms(late_in_turn_ms), {start.wall.ms + late_in_turn_ms}};
    }
    void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) override {
        ASSERT_FALSE(deliveries.empty());
        ++batches;
        for (Delivery& delivery : deliveries) {
            const std::string body = body_text(delivery.message);
            delivered.push_back({consumer, delivery.index, body, delivery.redelivered,
                                 std::move(delivery.message)});
        }
    }
    void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) override {
        confirmed.push_back({ticket.sequence, outcome});
    }
    void reply(const RequestTicket& ticket, QueueReplyBody body) override {
        replies.push_back({ticket, std::move(body)});
    }
    void notify(const ConsumerId& consumer, QueueEvent event) override {
        notices.emplace_back(consumer, std::move(event));
    }
    void dead_letter(const QueueMachine&, MessageRef message, DeathReason reason,
                     std::uint64_t position) override {
        dead.push_back({body_text(message), reason});
        if (position != 0) letters.push_back(position);
    }
    void count_given_up(const QueueMachine&) override { ++given_up; }
    void count_letter_confirmed(const QueueMachine&) override { ++letters_confirmed; }
    std::uint64_t given_up = 0;
    std::uint64_t letters_confirmed = 0;
    void delay_passed(const QueueMachine&, MessageRef message, std::uint64_t position) override {
        passed.push_back({body_text(message), position});
    }
    RaftPlace propose(const QueueMachine&, const RaftPlace& last) override {
        if (raft_failed) return {};
        return {last.index + 1, 1};
    }
    void request_turn(QueueMachine&) override { turn_wanted = true; }
    void request_timer(QueueMachine&, Instant when) override {
        timer = when;
        ++timer_requests;
    }
    void crowded(const QueueMachine&, Crowding crowding) override { crowdings.push_back(crowding); }
    std::vector<Crowding> crowdings;
    void request_log(QueueMachine&) override { log_wanted = true; }
    void damage_found(const QueueMachine&, const std::string& text) override {
        damages.push_back(text);
    }
    void request_delete(QueueMachine&, const RequestTicket& ticket,
                        std::uint64_t messages) override {
        delete_requests.push_back({ticket, messages});
    }

    // Ends the turn, and all that follow from it.
    void run_turns(QueueMachine& queue) {
        while (std::exchange(turn_wanted, false))
            queue.work();
        if (std::exchange(log_wanted, false)) mark = std::max(mark, queue.log_pending());
    }
    // Lets time pass, ringing the timer when it is due.
    void advance(QueueMachine& queue, std::int64_t ms) {
        const Instant end = clock.plus_ms(ms);
        while (timer <= end) {
            clock = std::max(clock, std::exchange(timer, Instant::never()));
            queue.on_timer();
            run_turns(queue);
        }
        clock = end;
    }

    // What was delivered since the last call, as bodies; "*" marks a redelivered one.
    std::vector<std::string> take_bodies() {
        std::vector<std::string> bodies;
        for (const Delivered& one : std::exchange(delivered, {}))
            bodies.push_back(one.body + (one.redelivered ? "*" : ""));
        return bodies;
    }
    std::vector<std::string> bodies_for(const ConsumerId& consumer) const {
        std::vector<std::string> bodies;
        for (const Delivered& one : delivered)
            if (one.consumer == consumer) bodies.push_back(one.body);
        return bodies;
    }
    DeliveryIndex index_of(const std::string& body) const {
        for (auto at = delivered.rbegin(); at != delivered.rend(); ++at)
            if (at->body == body) return at->index;
        ADD_FAILURE() << body << " was not delivered";
        return {};
    }
    // The newest reply, which must be of that kind.
    template <typename Body>
    Body last_reply() {
        if (replies.empty() || !std::holds_alternative<Body>(replies.back().body)) {
            ADD_FAILURE() << "another reply, or none";
            return Body{};
        }
        return std::get<Body>(std::move(replies.back().body));
    }
    template <typename Event>
    std::vector<Event> notices_of() const {
        std::vector<Event> found;
        for (const auto& [consumer, event] : notices)
            if (const Event* one = std::get_if<Event>(&event)) found.push_back(*one);
        return found;
    }

    Instant clock{1'000'000};
    std::int64_t wall_offset_ms = 1'700'000'000'000;
    std::int64_t late_in_turn_ms = 0;
    Instant timer = Instant::never();
    bool turn_wanted = false;
    bool log_wanted = false;
    std::uint64_t mark = 0;  // what the queue waits for to be committed
    bool raft_failed = false;
    int timer_requests = 0;
    int batches = 0;
    std::vector<Delivered> delivered;
    std::vector<Confirmed> confirmed;
    std::vector<Reply> replies;
    std::vector<std::pair<ConsumerId, QueueEvent>> notices;
    std::vector<Passed> passed;  // delays
    std::vector<Dead> dead;
    std::vector<std::uint64_t> letters;  // positions of those that the queue waits for
    std::vector<DeleteRequest> delete_requests;
    std::vector<std::string> damages;
};

using Bodies = std::vector<std::string>;

// A queue on its host, with short words for what tests do. Invariants are checked at the end of
// each turn.
class QueueTest : public ::testing::Test {
protected:
    void make(QueueSettings settings = {}) {
        queue_ = std::make_unique<Queue>(QueueId{7}, "/", "q", std::move(settings), host);
    }
    Queue& queue() {
        if (queue_ == nullptr) make();
        return *queue_;
    }
    void publish(std::string_view text, MessageTraits traits = {}) {
        queue().publish(text_message(text, traits), {{1}, {1}, ++sequence});
    }
    void publish_all(const Bodies& bodies) {
        for (const std::string& body : bodies)
            publish(body);
    }
    void publish_expiring(std::string_view text, std::uint32_t ttl_ms) {
        publish(text, {.expiration_ms = ttl_ms});
    }
    void publish_priority(std::string_view text, std::uint8_t priority) {
        publish(text, {.priority = priority});
    }
    // Settings beyond these are set by the caller.
    static ConsumerSpec spec(ConsumerId id, std::uint32_t prefetch = 0) {
        ConsumerSpec made;
        made.id = id;
        made.tag = "tag";
        made.prefetch = prefetch;
        return made;
    }
    void consume(ConsumerSpec consumer) { queue().consume({std::move(consumer), ticket}); }
    void consume(ConsumerId id, std::uint32_t prefetch = 0) { consume(spec(id, prefetch)); }
    void settle(const std::string& body, Settlement settlement) {
        const DeliveryIndex index = host.index_of(body);
        queue().settle({index, index, settlement});
    }
    void turn() {
        host.run_turns(queue());
        queue().check_invariants();
    }
    void advance(std::int64_t ms) {
        host.advance(queue(), ms);
        queue().check_invariants();
    }
    // Empties the queue by basic.get.
    Bodies get_all() {
        Bodies bodies;
        while (true) {
            queue().get({consumer_id(99, 1, 0), true, ticket});
            if (std::holds_alternative<GetEmpty>(host.replies.back().body)) return bodies;
            GetOk got = host.last_reply<GetOk>();
            bodies.push_back(body_text(got.delivery.message) +
                             (got.delivery.redelivered ? "*" : ""));
        }
    }

    TestHost host;
    RequestTicket ticket{{1}, 1};
    std::uint64_t sequence = 0;

private:
    std::unique_ptr<Queue> queue_;
};

}  // namespace warren::broker::testing
