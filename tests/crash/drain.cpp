#include "drain.h"

#include "consumer.h"

namespace crash {
namespace {

constexpr double quiet_seconds_max = 3;

}  // namespace

Drain::Drain(const loadgen::Target& target, const Plan& plan, QueueIndex queue,
             const MessageMaker& maker, Record& record, Faults& faults)
    : Session(target, "drain of " + plan.queues[queue].name, faults),
      plan_(plan),
      queue_(queue),
      maker_(maker),
      record_(record) {}

void Drain::on_delivery(Delivery& delivery) {
    const auto message = check_delivery(plan_, queue_, maker_, delivery, faults_);
    if (!message) return;
    const CopyId id{message->source, message->sequence};
    record_.arrived(queue_, id, loadgen::monotonic_now());
    contents_.push_back(id);
    tags_.push_back(delivery.tag);
}

std::optional<std::uint32_t> Drain::ready_messages() {
    const auto answer =
        call(passive_declare_frame(plan_.queues[queue_].name), loadgen::Method::queue_declare_ok);
    if (!answer) return std::nullopt;
    loadgen::FieldReader reader(*answer);
    reader.short_string();
    return reader.u32();
}

void Drain::take_all(std::size_t expected) {
    out_ += consume_frame(plan_.queues[queue_].name);
    while (!over()) {
        const std::size_t before = contents_.size();
        const auto ready = ready_messages();
        if (!ready) {
            add_fault("the queue does not answer");
            return;
        }
        if (*ready == 0 && contents_.size() >= expected) return;
        const auto moved = [&] { return contents_.size() > before; };
        if (run_until(moved, quiet_seconds_max)) continue;
        if (*ready > 0)
            add_fault(std::to_string(*ready) + " messages are said to be there and do not come");
        return;
    }
}

void Drain::release(std::size_t kept_max) {
    if (contents_.size() > kept_max) {
        const std::size_t count = contents_.size() - kept_max;
        out_ += acknowledge_frame(tags_[count - 1]);
        for (std::size_t i = 0; i < count; ++i)
            record_.acknowledge_sent(queue_, contents_[i]);
    }
    close_politely();
}

}  // namespace crash
