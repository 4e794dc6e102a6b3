#pragma once
// What has arrived of one source in one queue: which sequence numbers were seen, and so which are
// missing or came twice. In order it is one compare and one increment a message; what arrives ahead
// is kept as bits of a window that grows with the distance, up to 8 MiB. All consumers of a queue
// run on one thread and share its ledgers.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace loadgen {

class DeliveryLedger {
public:
    enum class Verdict : std::uint8_t { first_time, duplicate, too_far_ahead };

    Verdict accept(std::uint64_t sequence) {
        if (sequence == next_ && ahead_ == 0) {
            ++next_;
            return Verdict::first_time;
        }
        return accept_out_of_line(sequence);
    }

    // Messages seen, each counted once.
    std::uint64_t unique() const { return next_ + ahead_; }
    // Sequence numbers below the highest seen that never came.
    std::uint64_t missing() const { return ahead_ == 0 ? 0 : highest_ + 1 - unique(); }

private:
    static constexpr std::size_t window_bits_max = std::size_t{1} << 26;

    Verdict accept_out_of_line(std::uint64_t sequence);
    void advance();
    void widen(std::size_t bits_wanted);
    bool seen(std::uint64_t sequence) const {
        return (window_[word_of(sequence)] >> (sequence % 64) & 1) != 0;
    }
    std::size_t word_of(std::uint64_t sequence) const {
        return static_cast<std::size_t>(sequence / 64) & (window_.size() - 1);
    }

    std::uint64_t next_ = 0;             // the lowest number not seen
    std::uint64_t ahead_ = 0;            // how many above next_ were seen: their bits are set
    std::uint64_t highest_ = 0;          // the highest seen, while ahead_ > 0
    std::vector<std::uint64_t> window_;  // a ring of bits, a power of two of words
};

}  // namespace loadgen
