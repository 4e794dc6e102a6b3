// What the simulation asks of its queue.
#include "tests/integration/quorum_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/ensure.h"
#include "broker/queue/queue_test_messages.h"

namespace warren::broker::testing {

// ---- commands ----

void QuorumRig::random_command() {
    const auto dice = random_.below(100);
    if (dice < 40) return publish();
    if (dice < 66) return settle();
    if (dice < 72) return consume();
    if (dice < 77) {
        const ConsumerId holder{{1 + random_.below(2)}, {1}, 0};
        const bool auto_ack = chance(2);
        return queue_->get({holder, auto_ack, {holder.connection, auto_ack ? 1u : 0u}});
    }
    if (dice < 80) return release();
    if (dice < 82) return recover();
    if (dice < 83) return queue_->purge({{}});
    if (dice < 84) return queue_->inspect({{}, true});
    if (dice < 87) return queue_->spill();
    if (dice < 88 && chance(4)) return change_policy();
    if (letters_.empty()) return;
    const std::uint64_t position = letters_[random_.below(letters_.size())];
    letter_done(position, static_cast<LetterOutcome>(chance(4) ? random_.below(3) : 0));
}

void QuorumRig::publish() {
    for (auto count = 1 + random_.below(5); count != 0; --count) {
        std::string body = std::to_string(++sequence_);
        body.append(chance(20) ? 200 + random_.below(300) : random_.below(12), 'x');
        MessageTraits traits;
        if (chance(6)) traits.expiration_ms = random_.below(100);
        if (chance(4)) traits.priority = static_cast<std::uint8_t>(random_.below(40));
        traits.persistent = chance(2);
        lives_[body];
        accepted_.push_back(body);
        published_[sequence_] = body;
        queue_->publish(text_message(body, traits), {{1}, {1}, sequence_});
    }
}

void QuorumRig::settle() {
    if (out_.empty()) return;
    auto at = out_.begin();
    std::advance(at, random_.below(std::min<std::size_t>(4, out_.size())));
    settle({at->first}, static_cast<Settlement>(random_.below(4)));
}

void QuorumRig::settle(DeliveryIndex index, Settlement settlement) {
    const Out out = out_.at(index.value);
    out_.erase(index.value);
    if (settlement == Settlement::ack)
        ends(out.body);
    else if (settlement == Settlement::reject)
        dies(lives_.at(out.body));
    else
        come_back(out, settlement == Settlement::fail);
    queue_->settle({index, index, settlement});
}

void QuorumRig::release() {
    const ConsumerId channel{{1 + random_.below(2)}, {1}, 0};
    for (const auto& [index, out] : out_)
        if (out.holder.connection == channel.connection) come_back(out, true);
    std::erase_if(
        out_, [&](const auto& one) { return one.second.holder.connection == channel.connection; });
    std::erase_if(consumers_,
                  [&](const ConsumerId& id) { return id.connection == channel.connection; });
    queue_->release({channel.connection, channel.channel});
}

void QuorumRig::recover() {
    const ConsumerId channel{{1 + random_.below(2)}, {1}, 0};
    for (const auto& [index, out] : out_)
        if (out.holder.connection == channel.connection) come_back(out, false);
    std::erase_if(
        out_, [&](const auto& one) { return one.second.holder.connection == channel.connection; });
    queue_->recover({channel.connection, channel.channel});
}

void QuorumRig::consume() {
    if (consumers_.size() > 3) {
        const ConsumerId id = consumers_[random_.below(consumers_.size())];
        std::erase(consumers_, id);
        return queue_->cancel({id});
    }
    ConsumerSpec spec;
    spec.id = {{1 + random_.below(2)}, {1}, ++consumer_number_};
    spec.prefetch = static_cast<std::uint32_t>(random_.below(6));
    spec.auto_ack = chance(5);
    auto_ack_[spec.id] = spec.auto_ack;
    consumers_.push_back(spec.id);
    queue_->consume({spec, {}});
}

void QuorumRig::change_policy() {
    // What is due now goes by the old rules, and so does what is due when it is committed.
    queue_->on_timer();
    end_turn();
    end_turn();
    const bool assured = settings_.dead_letter_at_least_once;
    draw_policy(settings_);
    if (assured && !settings_.dead_letter_at_least_once)
        std::erase_if(lives_,
                      [](const auto& one) { return one.second.state == Life::State::assured; });
    queue_->update_settings(settings_);
}

void QuorumRig::letter_done(std::uint64_t position, LetterOutcome outcome) {
    std::erase(letters_, position);
    const Life* life = life_at(position);
    const bool is_over = life != nullptr &&
                         (life->state == Life::State::leaving ||
                          (life->state == Life::State::assured && outcome == LetterOutcome::safe));
    if (is_over) ends(bodies_.at(position));
    queue_->letter_done(position, outcome);
}

void QuorumRig::come_back(const Out& out, bool failed) {
    Life& life = lives_.at(out.body);
    ENSURE(life.state == Life::State::out);
    life.state = Life::State::waiting;
    ++life.acquired;
    life.failed += failed;
}

void QuorumRig::dies(Life& life) {
    life.state = settings_.dead_letter_at_least_once ? Life::State::assured : Life::State::leaving;
}

}  // namespace warren::broker::testing
