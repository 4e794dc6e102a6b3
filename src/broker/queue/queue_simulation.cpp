#include "broker/queue/queue_simulation.h"

#include <algorithm>
#include <utility>

#include "broker/queue/queue_test_messages.h"

namespace warren::broker::testing {

QueueSimulation::QueueSimulation(std::uint64_t seed, std::unique_ptr<SimulatedLog> log)
    : random_(seed),
      long_backlog_(chance(3)),
      settings_(random_settings()),
      log_(std::move(log)),
      model_(settings_, log_ != nullptr, host_.clock) {
    make_queue();
    attach_log();
}

void QueueSimulation::run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        random_command();
        compare();
        if (chance(3)) end_turn();
        if (chance(5)) advance(static_cast<std::int64_t>(random_.below(30)));
        if (chance(200)) advance(2500);
        if (log_ != nullptr && chance(4)) {
            log_->progress(*queue_, model_);
            compare();
        }
        if (!host_.letters.empty() && chance(3)) letter_done();
        if (log_ != nullptr && chance(300)) restart();
        if (chance(100)) rest();
        if (queue_gone_for_ > 20) return;
        queue_gone_for_ += model_.leaving();
    }
    end_turn();
}

// ---- what happens ----

QueueSettings QueueSimulation::random_settings() {
    QueueSettings settings;
    if (chance(3)) settings.priority_max = static_cast<std::uint8_t>(1 + random_.below(9));
    settings.single_active_consumer = chance(4);
    settings.durable = !chance(4);
    random_policy(settings);
    return settings;
}

// What may change while the queue lives.
void QueueSimulation::random_policy(QueueSettings& settings) {
    settings.message_ttl_ms.reset();
    settings.length_max.reset();
    settings.length_bytes_max.reset();
    settings.dead_letter_exchange.reset();
    settings.expires_ms.reset();
    const std::uint64_t rarity = long_backlog_ ? 10 : 1;
    if (chance(3 * rarity)) settings.message_ttl_ms = random_.below(100 * rarity);
    if (chance(3 * rarity)) settings.length_max = random_.below(20 * rarity);
    if (chance(4 * rarity)) settings.length_bytes_max = random_.below(200 * rarity);
    if (!chance(3)) settings.dead_letter_exchange = "dlx";
    if (chance(4)) settings.expires_ms = 200 + random_.below(200);
    settings.overflow = static_cast<Overflow>(random_.below(3));
    settings.auto_delete = chance(8);
}

ConsumerId QueueSimulation::random_channel() {
    return {{1 + random_.below(3)}, {static_cast<std::uint16_t>(1 + random_.below(2))}, 0};
}

// One that exists, mostly.
ConsumerId QueueSimulation::random_consumer() {
    if (model_.consumers().empty() || chance(20)) return random_channel();
    auto at = model_.consumers().begin();
    std::advance(at, random_.below(model_.consumers().size()));
    return at->first;
}

std::size_t QueueSimulation::random_body_bytes() {
    if (chance(1000)) return 400'000 + random_.below(800'000);
    return chance(200) ? 4090 + random_.below(10) : random_.below(12);
}

void QueueSimulation::random_command() {
    const auto dice = random_.below(100);
    if (dice < 40) return publish();
    if (dice < 62) return settle();
    if (dice < 72) return credit();
    if (dice < 78) return grant();
    if (dice < (long_backlog_ ? 79u : 83u)) return consume();
    if (dice < 86) return cancel();
    if (dice < 91) return get();
    if (dice < 94) return release_or_recover();
    if (dice < 97) return inspect();
    rare_command();
}

void QueueSimulation::publish() {
    for (auto count = 1 + random_.below(long_backlog_ ? 12 : 6); count != 0; --count) {
        std::string body = std::to_string(++sequence_);
        body.append(random_body_bytes(), 'x');
        MessageTraits traits;
        if (chance(4)) traits.expiration_ms = random_.below(long_backlog_ ? 2000 : 60);
        if (chance(2)) traits.priority = static_cast<std::uint8_t>(random_.below(12));
        traits.persistent = chance(2);
        queue_->publish(text_message(body, traits), {{1}, {1}, sequence_});
        model_.publish(body, traits, sequence_);
    }
}

void QueueSimulation::settle() {
    if (model_.unacked().empty()) return;
    auto at = model_.unacked().begin();
    // Mostly old ones, as clients do.
    std::advance(at, random_.below(
                         std::min<std::size_t>(chance(4) ? SIZE_MAX : 4, model_.unacked().size())));
    Settle command{{at->first}, {at->first}, Settlement::ack};
    if (chance(2)) command.last.value += random_.below(10);
    // Sessions settle only what they were sent.
    command.last.value = std::min(command.last.value, model_.unacked().rbegin()->first);
    command.settlement = static_cast<Settlement>(random_.below(3));
    queue_->settle(command);
    model_.settle(command);
}

void QueueSimulation::credit() {
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

void QueueSimulation::grant() {
    if (host_.wanting.empty()) return;
    const Grant command{host_.wanting.back(), static_cast<std::uint32_t>(1 + random_.below(4))};
    host_.wanting.pop_back();
    queue_->grant(command);
    model_.grant(command);
}

void QueueSimulation::consume() {
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

void QueueSimulation::cancel() {
    const ConsumerId id = random_consumer();
    queue_->cancel({id});
    model_.cancel(id);
}

void QueueSimulation::get() {
    const ConsumerId holder = random_channel();
    const bool auto_ack = chance(2);
    queue_->get({holder, auto_ack, {}});
    model_.get(holder, auto_ack);
}

void QueueSimulation::release_or_recover() {
    const ConsumerId channel = random_channel();
    if (chance(2)) {
        queue_->release({channel.connection, channel.channel});
        model_.release(channel.connection, channel.channel);
    } else {
        queue_->recover({channel.connection, channel.channel});
        model_.recover(channel.connection, channel.channel);
    }
}

void QueueSimulation::inspect() {
    const bool counts_as_use = chance(2);
    queue_->inspect({{}, counts_as_use});
    model_.inspect(counts_as_use);
}

void QueueSimulation::rare_command() {
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

// In any order; some are never heard of, because the process ends before.
void QueueSimulation::letter_done() {
    for (auto count = 1 + random_.below(4); count != 0 && !host_.letters.empty(); --count) {
        const auto at = host_.letters.begin() +
                        static_cast<std::ptrdiff_t>(random_.below(host_.letters.size()));
        queue_->letter_done(*at, static_cast<LetterOutcome>(random_.below(3)));
        if (!model_.leaving()) model_.letter_done(*at);
        host_.letters.erase(at);
    }
    compare();
}

// ---- time and restarts ----

// The model always works; the queue only if it has asked to. So it must ask whenever there is
// something to do.
void QueueSimulation::end_turn() {
    while (std::exchange(host_.turn_wanted, false))
        queue_->work();
    if (std::exchange(host_.log_wanted, false)) queue_->log_pending();
    model_.work();
    if (log_ != nullptr) log_->end_turn(host_.clock);
    compare();
    if (!model_.leaving()) {
        ASSERT_LE(host_.timer, model_.earliest_event());
    }
}

void QueueSimulation::advance(std::int64_t ms) {
    end_turn();
    host_.clock = model_.now = host_.clock.plus_ms(ms);
    if (host_.timer > host_.clock) return;
    host_.timer = Instant::never();
    queue_->on_timer();
    model_.on_timer();
    end_turn();
}

void QueueSimulation::make_queue() {
    host_.turn_wanted = host_.log_wanted = false;
    host_.timer = Instant::never();
    host_.wanting.clear();
    host_.letters.clear();
    queue_ = std::make_unique<Queue>(QueueId{1}, "/", "q", settings_, host_);
}

SimulatedLog::Restored QueueSimulation::attach_log() {
    return log_ == nullptr ? SimulatedLog::Restored{} : log_->attach(*queue_);
}

// In order, or in the middle of everything.
void QueueSimulation::restart() {
    if (model_.leaving()) return;
    const bool crashed = chance(2);
    if (!crashed) end_turn();
    ASSERT_EQ(queue_->delivered_through(), model_.delivered_through());
    const auto positions = log_->end_process(*queue_, model_, crashed);
    queue_.reset();
    // The next process counts its time from elsewhere.
    const auto jump_ms = static_cast<std::int64_t>(random_.below(1'000'000));
    host_.clock = host_.clock.plus_ms(jump_ms);
    host_.wall_offset_ms -= jump_ms;
    make_queue();
    const auto restored = attach_log();
    // Numbers of transient messages that the log has never seen are given anew.
    model_.restart(positions, restored.last_position,
                   std::min(restored.delivered_through, restored.last_position), jump_ms);
    compare();
}

// Everybody leaves the queue, and it is emptied. If it can rest then, another machine goes on.
void QueueSimulation::rest() {
    if (model_.leaving()) return;
    for (std::uint64_t connection = 1; connection <= 3; ++connection)
        for (std::uint16_t channel = 1; channel <= 2; ++channel) {
            queue_->release({{connection}, {channel}});
            model_.release({connection}, {channel});
        }
    queue_->purge({});
    model_.purge();
    end_turn();
    while (!host_.letters.empty())
        letter_done();
    end_turn();
    if (queue_->rest() != Rest::resting || (log_ != nullptr && !log_->can_reopen())) return;
    const QueuePast past = queue_->past();
    queue_.reset();
    make_queue();
    queue_->resume(past);
    if (log_ != nullptr) log_->reopen(*queue_);
    model_.rested();
    compare();
}

void QueueSimulation::compare() {
    ASSERT_EQ(host_.log, model_.log);
    host_.log.clear();
    model_.log.clear();
    queue_->check_invariants();
    const QueueStats stats = queue_->stats();
    ASSERT_EQ(stats.ready, model_.ready());
    ASSERT_EQ(stats.ready_bytes, model_.ready_bytes());
    ASSERT_EQ(stats.unacked, model_.unacked().size());
    ASSERT_EQ(stats.letters, model_.letters().size());
    ASSERT_EQ(stats.consumers, model_.consumers().size());
    if (log_ != nullptr) log_->check(*queue_, model_);
}

}  // namespace warren::broker::testing
