#pragma once
// Consumes one queue and settles what it gets as the queue's habit says.
//
// An ack has no answer. To prove that the server has written acks down, the consumer now and then
// publishes a message of its own to the same queue on the same channel (a barrier) and waits for
// its confirm: the acks went ahead of it into the same log.
#include <deque>
#include <vector>

#include "confirm_window.h"
#include "message.h"
#include "publisher.h"
#include "random.h"
#include "record.h"
#include "session.h"

namespace crash {

class Consumer final : public Session {
public:
    Consumer(const loadgen::Target& target, const Plan& plan, QueueIndex queue,
             const MessageMaker& maker, Record& record, Sequences& next, Random random,
             Faults& faults);
    void work() override;

    // Settles nothing any more, and asks the queue something: once it has answered, it has taken
    // all that was settled before.
    void stop_settling();
    bool has_stopped() const { return stopped_; }

private:
    struct Held {
        std::uint64_t tag = 0;
        CopyId id;
        bool redelivered = false;
    };
    struct Barrier {
        std::uint64_t sequence = 0;
        std::size_t settlements = 0;  // that were sent before it
    };

    void on_delivery(Delivery& delivery) override;
    void on_method(loadgen::Method method, std::string_view arguments) override;
    void settle_some();
    void acknowledge_all();
    void settle_one(std::size_t index);
    void send_settlement(loadgen::Method method, std::uint64_t tag, std::uint8_t flags);
    void send_barrier();

    const Plan& plan_;
    QueueIndex queue_;
    const MessageMaker& maker_;
    Record& record_;
    Sequences& next_;
    Random random_;
    ConfirmWindow window_;
    std::deque<Barrier> barriers_;
    std::vector<Held> held_;
    std::size_t settled_since_barrier_ = 0;
    bool stopping_ = false;
    bool stopped_ = false;
};

// Checks what every delivery must be; the message, if it is one of ours.
std::optional<Message> check_delivery(const Plan& plan, QueueIndex queue, const MessageMaker& maker,
                                      const Delivery& delivery, Faults& faults);
std::string qos_frame();
std::string consume_frame(const std::string& queue, const loadgen::FieldTable& arguments = {});
// This delivery and all before it.
std::string acknowledge_frame(std::uint64_t tag);
std::string passive_declare_frame(const std::string& queue);

}  // namespace crash
