#include "runtime/timer_queue.h"

namespace warren::runtime {

bool TimerQueue::run_due(Instant now, std::size_t calls_max) {
    for (std::size_t calls = 0; calls < calls_max; ++calls) {
        TimerNode* node = wheel_.pop_due(now);
        if (node == nullptr) return false;
        // Every node of this queue is the base of a Timer.
        static_cast<Timer*>(node)->on_due_();
    }
    return wheel_.next_call() <= now;
}

}  // namespace warren::runtime
