#pragma once
// How a producer that serves many routing keys takes turns among them. It goes round them in a
// mixed order, the same every time, and so message n's key, its queue, and how many of the
// producer's messages went to that queue before are all known from n. That is how a consumer knows
// that nothing is missing, though each queue gets every so-manieth message only.
//
// A round is one message for each destination: a key of a queue, of which the queues have equally
// many. The step from one to the next has no divisor in common with their number, nor then with the
// number of queues, so any `queues` messages in a row go to as many queues.
#include <cstdint>
#include <numeric>

namespace loadgen {

class Spread {
public:
    // `destinations` is a multiple of `queues`. Destination d is one of queue d % queues.
    Spread(unsigned destinations, unsigned queues)
        : destinations_(destinations), queues_(queues), step_(step_for(destinations)) {}

    unsigned destinations() const { return destinations_; }
    unsigned destination_of(std::uint64_t message) const {
        return static_cast<unsigned>(message % destinations_ * step_ % destinations_);
    }
    unsigned queue_of(std::uint64_t message) const { return destination_of(message) % queues_; }
    std::uint64_t number_in_queue(std::uint64_t message) const { return message / queues_; }

private:
    // About the golden section: neighbours of one moment are far apart.
    static std::uint64_t step_for(unsigned destinations) {
        std::uint64_t step = std::uint64_t{destinations} * 618 / 1000 + 1;
        while (std::gcd(step, std::uint64_t{destinations}) != 1)
            ++step;
        return step;
    }

    unsigned destinations_;
    unsigned queues_;
    std::uint64_t step_;
};

}  // namespace loadgen
