// The queue and its naive model are given the same random commands; what they say must be the same,
// word for word. Most queues have a log: then messages are paged out at any moment, which nobody
// may notice, the log must hold exactly what the model holds, and now and then the queue is made
// anew from it. A failing seed is printed and replays alone: --gtest_filter=*simulation*/<seed>.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"
#include "broker/queue/queue.h"
#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_logging_host.h"
#include "broker/queue/queue_model.h"
#include "broker/queue/queue_test_messages.h"

namespace warren::broker::testing {
namespace {

class Simulation {
public:
    explicit Simulation(std::uint64_t seed)
        : random_(seed),
          has_log_(!chance(4)),
          settings_(random_settings()),
          disk_(&random_),
          model_(settings_, has_log_, host_.clock) {
        make_queue(0);
    }

    void run(int steps) {
        for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            random_command();
            compare();
            if (chance(3)) end_turn();
            if (chance(5)) advance(static_cast<std::int64_t>(random_.below(30)));
            if (has_log_ && chance(4)) page();
            if (has_log_ && chance(300)) restart();
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
        settings.durable = !chance(4);
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
            body.append(random_body_bytes(), 'x');
            MessageTraits traits;
            if (chance(4)) traits.expiration_ms = random_.below(60);
            if (chance(2)) traits.priority = static_cast<std::uint8_t>(random_.below(12));
            traits.persistent = chance(2);
            queue_->publish(text_message(body, traits), {{1}, {1}, sequence_});
            model_.publish(body, traits, sequence_);
        }
    }
    std::size_t random_body_bytes() {
        if (chance(1000)) return 400'000 + random_.below(800'000);
        return chance(200) ? 4090 + random_.below(10) : random_.below(12);
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
        queue_->settle(command);
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
        queue_->credit(command);
        model_.credit(command);
    }
    void grant() {
        if (host_.wanting.empty()) return;
        const Grant command{host_.wanting.back(), static_cast<std::uint32_t>(1 + random_.below(4))};
        host_.wanting.pop_back();
        queue_->grant(command);
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
        queue_->consume({spec, {}});
        model_.consume(spec);
    }
    void cancel() {
        const ConsumerId id = random_consumer();
        queue_->cancel({id});
        model_.cancel(id);
    }
    void get() {
        const ConsumerId holder = random_channel();
        const bool auto_ack = chance(2);
        queue_->get({holder, auto_ack, {}});
        model_.get(holder, auto_ack);
    }
    void release_or_recover() {
        const ConsumerId channel = random_channel();
        if (chance(2)) {
            queue_->release({channel.connection, channel.channel});
            model_.release(channel.connection, channel.channel);
        } else {
            queue_->recover({channel.connection, channel.channel});
            model_.recover(channel.connection, channel.channel);
        }
    }
    void inspect() {
        const bool counts_as_use = chance(2);
        queue_->inspect({{}, counts_as_use});
        model_.inspect(counts_as_use);
    }
    void rare_command() {
        if (chance(2)) {
            queue_->purge({});
            model_.purge();
        } else if (chance(2)) {
            random_policy(settings_);
            queue_->update_settings(settings_);
            model_.update_settings(settings_);
        } else if (chance(8)) {
            const bool if_unused = chance(2);
            const bool if_empty = chance(2);
            queue_->remove({if_unused, if_empty, {}});
            model_.remove(if_unused, if_empty);
        }
    }

    // The model always works; the queue only if it has asked to. So it must ask whenever there is
    // something to do.
    void end_turn() {
        while (std::exchange(host_.turn_wanted, false))
            queue_->work();
        if (std::exchange(host_.log_wanted, false)) queue_->log_pending();
        model_.work();
        compare();
        if (has_log_) check_log();
        check_all_is_logged();
        if (!model_.leaving()) {
            ASSERT_LE(host_.timer, model_.earliest_event());
        }
    }
    void advance(std::int64_t ms) {
        end_turn();
        host_.clock = model_.now = host_.clock.plus_ms(ms);
        if (host_.timer > host_.clock) return;
        host_.timer = Instant::never();
        queue_->on_timer();
        model_.on_timer();
        end_turn();
    }

    // ---- the log ----
    void make_queue(std::uint64_t delivered_through, bool crashed = false) {
        queue_.reset();
        host_.turn_wanted = host_.log_wanted = false;
        host_.timer = Instant::never();
        host_.wanting.clear();
        queue_ = std::make_unique<Queue>(QueueId{1}, "/", "q", settings_, host_);
        if (!has_log_) return;
        const auto open = [&](auto& owner, auto& sink, auto& restored) {
            return disk_.open(owner, sink,
                              crashed ? std::nullopt : std::optional(delivered_through), restored);
        };
        queue_->attach(open, {.embed_bytes_max = 4096});
    }
    // What was collected is on disk some time later.
    void page() {
        if (disk_.is_paging()) return disk_.end_paging();
        if (model_.leaving()) return;
        // As spill() does.
        queue_->log_pending();
        if (model_.last_position() != 0)
            disk_.begin_paging(1 + random_.below(model_.last_position()));
        if (chance(2) && disk_.is_paging()) disk_.end_paging();
        compare();
    }
    // In order, or in the middle of everything.
    void restart() {
        if (model_.leaving()) return;
        const bool crashed = chance(2);
        if (!crashed) end_turn();
        const std::uint64_t delivered_through = queue_->delivered_through();
        ASSERT_EQ(delivered_through, model_.delivered_through());
        std::set<std::uint64_t> positions;
        for (const auto& [position, entry] : disk_.entries())
            if (entry.head.persistent) positions.insert(position);
        const auto jump_ms = static_cast<std::int64_t>(random_.below(1'000'000));
        host_.clock = host_.clock.plus_ms(jump_ms);
        host_.wall_offset_ms -= jump_ms;
        make_queue(delivered_through, crashed);
        // Numbers of transient messages that the log has never seen are given anew.
        const std::uint64_t last = disk_.last_position();
        model_.restart(positions, last, crashed ? last : std::min(delivered_through, last),
                       jump_ms);
        compare();
    }
    // The log holds what the queue holds, but for what it is yet to hear of.
    void check_log() {
        std::map<std::uint64_t, bool> on_disk;
        std::uint64_t paged = 0;
        for (const auto& [position, entry] : disk_.entries()) {
            on_disk[position] = entry.head.persistent;
            paged += entry.paged;
        }
        ASSERT_EQ(queue_->stats().paged, paged);
        for (const ModelMessage& message : model_.messages()) {
            const auto found = on_disk.find(message.position);
            if (message.kept) {
                ASSERT_EQ(found != on_disk.end(), message.position <= disk_.appended_through());
            }
            if (found == on_disk.end()) continue;
            ASSERT_EQ(found->second, message.kept);
            on_disk.erase(found);
        }
        ASSERT_TRUE(on_disk.empty()) << on_disk.begin()->first << " has left the queue";
    }
    void check_all_is_logged() {
        for (const ModelMessage& message : model_.messages())
            if (message.kept && !model_.leaving()) {
                ASSERT_LE(message.position, disk_.appended_through());
            }
    }

    void compare() {
        ASSERT_EQ(host_.log, model_.log);
        host_.log.clear();
        model_.log.clear();
        queue_->check_invariants();
        const QueueStats stats = queue_->stats();
        ASSERT_EQ(stats.ready, model_.ready());
        ASSERT_EQ(stats.ready_bytes, model_.ready_bytes());
        ASSERT_EQ(stats.unacked, model_.unacked().size());
        ASSERT_EQ(stats.consumers, model_.consumers().size());
        if (has_log_ && chance(4)) check_log();
    }

    Prng random_;
    bool has_log_;
    QueueSettings settings_;
    LoggingHost host_;
    QueueDisk disk_;
    std::unique_ptr<Queue> queue_;
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
