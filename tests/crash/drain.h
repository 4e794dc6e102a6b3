#pragma once
// Takes everything that a queue holds, unacknowledged, and remembers the order. What is not
// acknowledged by release() goes back to its place when the channel is closed.
#include "message.h"
#include "record.h"
#include "session.h"

namespace crash {

class Drain final : public Session {
public:
    Drain(const loadgen::Target& target, const Plan& plan, QueueIndex queue,
          const MessageMaker& maker, Record& record, Faults& faults);

    // Until the queue says that it has no more and `expected` have come, or nothing comes any more.
    void take_all(std::size_t expected);
    const std::vector<CopyId>& contents() const { return contents_; }
    // Acknowledges the oldest but for `kept_max`, and gives the rest back.
    void release(std::size_t kept_max);

private:
    void on_delivery(Delivery& delivery) override;
    std::optional<std::uint32_t> ready_messages();

    const Plan& plan_;
    QueueIndex queue_;
    const MessageMaker& maker_;
    Record& record_;
    std::vector<CopyId> contents_;
    std::vector<std::uint64_t> tags_;
};

}  // namespace crash
