// The queue and its naive model are given the same random commands; what they say must be the same,
// word for word. A failing seed is printed and replays alone: --gtest_filter=*simulation*/<seed>.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"
#include "broker/queue/queue.h"
#include "broker/queue/queue_model.h"

namespace warren::broker::testing {
namespace {

class LoggingHost final : public QueueHost {
public:
    Now now() const override { return {clock, {}}; }
    void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) override {
        std::string line = "deliver " + words(consumer);
        for (Delivery& delivery : deliveries) {
            const MessageRef message = std::move(delivery.message);
            line += " | " + std::string(as_text(message->body()));
            if (delivery.redelivered) line += "*";
            if (delivery.index) line += " #" + std::to_string(delivery.index.value);
        }
        log.push_back(std::move(line));
    }
    void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) override {
        log.push_back("confirm " + std::to_string(ticket.sequence) + " " + words(outcome));
    }
    void reply(const RequestTicket&, QueueReplyBody body) override {
        log.push_back("reply " + words(body));
    }
    void notify(const ConsumerId& consumer, QueueEvent event) override {
        if (std::holds_alternative<GrantWanted>(event)) {
            log.push_back("grant wanted " + words(consumer));
            wanting.push_back(consumer);
        } else if (const auto* returned = std::get_if<GrantReturned>(&event)) {
            log.push_back("grants returned " + words(consumer) + " " +
                          std::to_string(returned->messages));
        } else {
            ADD_FAILURE() << "an event that nothing calls for";
        }
    }
    void dead_letter(const Queue&, MessageRef message, DeathReason reason) override {
        log.push_back("dead " + std::string(as_text(message->body())) + " " + words(reason));
    }
    void request_turn(Queue&) override { turn_wanted = true; }
    void request_timer(Queue&, Instant when) override { timer = when; }
    void request_log(Queue&) override { log_wanted = true; }
    void damage_found(const Queue&, const std::string& text) override { ADD_FAILURE() << text; }
    void request_delete(Queue&, const RequestTicket&, std::uint64_t messages) override {
        log.push_back("delete " + std::to_string(messages));
    }

    Instant clock{1'000'000};
    Instant timer = Instant::never();
    bool turn_wanted = false;
    bool log_wanted = false;
    std::vector<std::string> log;
    std::vector<ConsumerId> wanting;  // asked for grants that were not given yet
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed)
        : random_(seed),
          settings_(random_settings()),
          queue_(QueueId{1}, "/", "q", settings_, host_),
          model_(settings_, host_.clock) {}

    void run(int steps) {
        for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            random_command();
            compare();
            if (chance(3)) end_turn();
            if (chance(5)) advance(static_cast<std::int64_t>(random_.below(30)));
            if (queue_gone_for_ > 20) return;
            queue_gone_for_ += model_.leaving();
        }
        end_turn();
    }

private:
    // True once in `odds`.
    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }

    QueueSettings random_settings() {
        QueueSettings settings;
        if (chance(3)) settings.priority_max = static_cast<std::uint8_t>(1 + random_.below(9));
        settings.single_active_consumer = chance(4);
        random_policy(settings);
        return settings;
    }
    // What may change while the queue lives.
    void random_policy(QueueSettings& settings) {
        settings.message_ttl_ms.reset();
        settings.length_max.reset();
        settings.length_bytes_max.reset();
        settings.dead_letter_exchange.reset();
        settings.expires_ms.reset();
        if (chance(3)) settings.message_ttl_ms = random_.below(100);
        if (chance(3)) settings.length_max = random_.below(20);
        if (chance(4)) settings.length_bytes_max = random_.below(200);
        if (!chance(3)) settings.dead_letter_exchange = "dlx";
        if (chance(4)) settings.expires_ms = 200 + random_.below(200);
        settings.overflow = static_cast<Overflow>(random_.below(3));
        settings.auto_delete = chance(8);
    }

    ConsumerId random_channel() {
        return {{1 + random_.below(3)}, {static_cast<std::uint16_t>(1 + random_.below(2))}, 0};
    }
    // One that exists, mostly.
    ConsumerId random_consumer() {
        if (model_.consumers().empty() || chance(20)) return random_channel();
        auto at = model_.consumers().begin();
        std::advance(at, random_.below(model_.consumers().size()));
        return at->first;
    }

    void random_command() {
        const auto dice = random_.below(100);
        if (dice < 40) return publish();
        if (dice < 62) return settle();
        if (dice < 72) return credit();
        if (dice < 78) return grant();
        if (dice < 83) return consume();
        if (dice < 86) return cancel();
        if (dice < 91) return get();
        if (dice < 94) return release_or_recover();
        if (dice < 97) return inspect();
        rare_command();
    }

    void publish() {
        for (auto count = 1 + random_.below(6); count != 0; --count) {
            std::string body = std::to_string(++sequence_);
            body.append(chance(1000) ? 400'000 + random_.below(800'000) : random_.below(12), 'x');
            MessageTraits traits;
            if (chance(4)) traits.expiration_ms = random_.below(60);
            if (chance(2)) traits.priority = static_cast<std::uint8_t>(random_.below(12));
            traits.persistent = chance(2);
            queue_.publish(Message::make("e", "k", {}, as_bytes(body), traits),
                           {{1}, {1}, sequence_});
            model_.publish(body, traits.expiration_ms, traits.priority, sequence_);
        }
    }
    void settle() {
        if (model_.unacked().empty()) return;
        auto at = model_.unacked().begin();
        // Mostly old ones, as clients do.
        std::advance(at, random_.below(std::min<std::size_t>(chance(4) ? SIZE_MAX : 4,
                                                             model_.unacked().size())));
        Settle command{{at->first}, {at->first}, Settlement::ack};
        if (chance(2)) command.last.value += random_.below(10);
        // Sessions settle only what they were sent.
        command.last.value = std::min(command.last.value, model_.unacked().rbegin()->first);
        command.settlement = static_cast<Settlement>(random_.below(3));
        queue_.settle(command);
        model_.settle(command);
    }
    void credit() {
        Credit command;
        command.consumer = random_consumer();
        const auto consumer = model_.consumers().find(command.consumer);
        if (consumer != model_.consumers().end()) {
            const bool all = !chance(4);
            command.messages = static_cast<std::uint32_t>(consumer->second.passing_messages);
            command.bytes = static_cast<std::uint32_t>(consumer->second.passing_bytes);
            if (!all) command.messages /= 2, command.bytes /= 2;
        }
        queue_.credit(command);
        model_.credit(command);
    }
    void grant() {
        if (host_.wanting.empty()) return;
        const Grant command{host_.wanting.back(), static_cast<std::uint32_t>(1 + random_.below(4))};
        host_.wanting.pop_back();
        queue_.grant(command);
        model_.grant(command);
    }
    void consume() {
        if (model_.consumers().size() > 8) return;
        ConsumerSpec spec;
        spec.id = random_channel();
        spec.id.number = ++consumer_number_;
        spec.priority = chance(3) ? static_cast<std::int32_t>(random_.below(3)) - 1 : 0;
        spec.prefetch = chance(2) ? static_cast<std::uint32_t>(1 + random_.below(5)) : 0;
        spec.auto_ack = chance(4);
        spec.exclusive = chance(15);
        spec.shared_limit = chance(4);
        queue_.consume({spec, {}});
        model_.consume(spec);
    }
    void cancel() {
        const ConsumerId id = random_consumer();
        queue_.cancel({id});
        model_.cancel(id);
    }
    void get() {
        const ConsumerId holder = random_channel();
        const bool auto_ack = chance(2);
        queue_.get({holder, auto_ack, {}});
        model_.get(holder, auto_ack);
    }
    void release_or_recover() {
        const ConsumerId channel = random_channel();
        if (chance(2)) {
            queue_.release({channel.connection, channel.channel});
            model_.release(channel.connection, channel.channel);
        } else {
            queue_.recover({channel.connection, channel.channel});
            model_.recover(channel.connection, channel.channel);
        }
    }
    void inspect() {
        const bool counts_as_use = chance(2);
        queue_.inspect({{}, counts_as_use});
        model_.inspect(counts_as_use);
    }
    void rare_command() {
        if (chance(2)) {
            queue_.purge({});
            model_.purge();
        } else if (chance(2)) {
            random_policy(settings_);
            queue_.update_settings(settings_);
            model_.update_settings(settings_);
        } else if (chance(8)) {
            const bool if_unused = chance(2);
            const bool if_empty = chance(2);
            queue_.remove({if_unused, if_empty, {}});
            model_.remove(if_unused, if_empty);
        }
    }

    // The model always works; the queue only if it has asked to. So it must ask whenever there is
    // something to do.
    void end_turn() {
        while (std::exchange(host_.turn_wanted, false))
            queue_.work();
        model_.work();
        compare();
        if (!model_.leaving()) {
            ASSERT_LE(host_.timer, model_.earliest_event());
        }
    }
    void advance(std::int64_t ms) {
        end_turn();
        host_.clock = model_.now = host_.clock.plus_ms(ms);
        if (host_.timer > host_.clock) return;
        host_.timer = Instant::never();
        queue_.on_timer();
        model_.on_timer();
        end_turn();
    }
    void compare() {
        ASSERT_EQ(host_.log, model_.log);
        host_.log.clear();
        model_.log.clear();
        queue_.check_invariants();
        const QueueStats stats = queue_.stats();
        ASSERT_EQ(stats.ready, model_.ready());
        ASSERT_EQ(stats.ready_bytes, model_.ready_bytes());
        ASSERT_EQ(stats.unacked, model_.unacked().size());
        ASSERT_EQ(stats.consumers, model_.consumers().size());
    }

    Prng random_;
    QueueSettings settings_;
    LoggingHost host_;
    Queue queue_;
    QueueModel model_;
    std::uint64_t sequence_ = 0;
    std::uint32_t consumer_number_ = 0;
    int queue_gone_for_ = 0;
};

class queue_simulation : public ::testing::TestWithParam<std::uint64_t> {};

// Each seed plays several queues, because one that is deleted is the end of its play.
TEST_P(queue_simulation, says_what_the_naive_model_says) {
    Prng seeds(GetParam());
    for (int game = 0; game < 10 && !HasFatalFailure(); ++game) {
        SCOPED_TRACE("game " + std::to_string(game));
        Simulation(seeds.next()).run(1500);
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, queue_simulation, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace warren::broker::testing
