#pragma once
// What users do to the queues of a rig, at random: fill, drain and fill them again.
#include <cstdint>
#include <string>

#include "base/prng.h"
#include "tests/sim/engine_rig.h"

namespace warren::sim {

class QueueActions {
public:
    QueueActions(EngineRig& rig, Prng& prng, bool trace) : rig_(rig), prng_(&prng), trace_(trace) {}

    void use(Prng& prng) { prng_ = &prng; }
    // Whether messages expire.
    void let_expire(bool expire) { expire_ = expire; }
    // Something, to some queue.
    void act();

private:
    void act_on_stream(ModelQueue& stream);
    void publish(ModelQueue& queue);
    void publish_to_many();
    void deliver(ModelQueue& queue);
    void settle(ModelQueue& queue);
    void requeue(ModelQueue& queue);
    void move(ModelQueue& queue);
    void load(ModelQueue& queue);
    void spill(ModelQueue& queue);
    void add_queue();
    void remove_queue(ModelQueue& queue);

    ModelQueue& some_queue();
    ModelQueue::Publication some_publication(ModelQueue& queue);
    ModelQueue::Body some_body();
    std::uint64_t below(std::uint64_t bound) { return prng_->below(bound); }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    template <typename... Parts>
    void trace(fmt::format_string<Parts...> text, Parts&&... parts) const;

    EngineRig& rig_;
    Prng* prng_;
    bool trace_;
    bool filling_ = true;
    bool expire_ = true;
    std::uint64_t next_queue_ = 1;
    std::uint64_t next_body_ = 1;
};

}  // namespace warren::sim
