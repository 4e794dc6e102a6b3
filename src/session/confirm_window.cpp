#include "session/confirm_window.h"

namespace warren::session {

void ConfirmWindow::expect(std::uint32_t copies) {
    if (copies == 0) {
        accepted_.push_back(outstanding_.skip());
        return;
    }
    outstanding_.push_back({copies, false});
}

void ConfirmWindow::settle(std::uint64_t first, std::uint64_t last, bool accepted) {
    completed_.clear();
    outstanding_.for_each_in(first, last, [&](std::uint64_t sequence, Outstanding& entry) {
        entry.refused |= !accepted;
        if (entry.remaining == 1)
            completed_.push_back(sequence);
        else
            --entry.remaining;
    });
    for (auto sequence : completed_) {
        const bool refused = outstanding_.take(sequence).refused;
        (refused ? refused_ : accepted_).push_back(sequence);
    }
}

}  // namespace warren::session
