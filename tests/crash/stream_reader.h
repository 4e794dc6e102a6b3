#pragma once
// Reads a stream from some place on, as a consumer does: in live traffic, where all that is sent
// counts as a promise, or until its end after a restart.
#include <functional>
#include <optional>

#include "message.h"
#include "session.h"
#include "stream_record.h"

namespace crash {

class StreamReader final : public Session {
public:
    using Take = std::function<void(const StreamEntry&)>;

    // `start`: what x-stream-offset takes, an offset or "first", "next".
    StreamReader(const loadgen::Target& target, const Plan& plan, QueueIndex stream,
                 const MessageMaker& maker, const loadgen::FieldValue& start, Take take,
                 Faults& faults);

    // Until all of the stream has come that was there when this was called.
    void read_all();

private:
    void on_delivery(Delivery& delivery) override;
    void check_offset(std::uint64_t offset);
    std::optional<std::uint32_t> messages_in_stream();

    const Plan& plan_;
    QueueIndex stream_;
    const MessageMaker& maker_;
    Take take_;
    std::optional<std::uint64_t> next_;  // offset of what must come next
    std::uint64_t first_ = 0;            // offset of what came first
    std::uint64_t deliveries_ = 0;
};

}  // namespace crash
