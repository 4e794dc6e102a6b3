#include "stream_reader.h"

#include <utility>

#include "consumer.h"

namespace crash {
namespace {

constexpr std::uint64_t acknowledge_every = 50;
constexpr double quiet_seconds_max = 3;

}  // namespace

StreamReader::StreamReader(const loadgen::Target& target, const Plan& plan, QueueIndex stream,
                           const MessageMaker& maker, const loadgen::FieldValue& start, Take take,
                           Faults& faults)
    : Session(target, "reader of " + plan.queues[stream].name, faults),
      plan_(plan),
      stream_(stream),
      maker_(maker),
      take_(std::move(take)) {
    if (const auto* offset = std::get_if<std::int64_t>(&start))
        next_ = static_cast<std::uint64_t>(*offset);
    if (start == loadgen::FieldValue(std::string("first"))) next_ = 0;
    out_ += qos_frame() + consume_frame(plan.queues[stream].name, {{"x-stream-offset", start}});
}

void StreamReader::on_delivery(Delivery& delivery) {
    const auto message = check_delivery(plan_, stream_, maker_, delivery, faults_);
    const auto offset = MessageMaker::stream_offset(delivery.properties);
    if (!offset) add_fault("a message without its offset");
    if (delivery.redelivered) add_fault("a message is said to be delivered again");
    if (message && offset) {
        check_offset(*offset);
        take_({*offset, {message->source, message->sequence}});
    }
    ++deliveries_;
    if (delivery.tag % acknowledge_every == 0) out_ += acknowledge_frame(delivery.tag);
}

// One after the other; retention may take what would have come next.
void StreamReader::check_offset(std::uint64_t offset) {
    const bool is_cut = plan_.queues[stream_].stream_bytes_max > 0;
    if (next_ && offset != *next_ && !(is_cut && offset > *next_))
        add_fault("offset " + std::to_string(offset) + " instead of " + std::to_string(*next_));
    if (deliveries_ == 0) first_ = offset;
    next_ = offset + 1;
}

std::optional<std::uint32_t> StreamReader::messages_in_stream() {
    const auto answer =
        call(passive_declare_frame(plan_.queues[stream_].name), loadgen::Method::queue_declare_ok);
    if (!answer) return std::nullopt;
    loadgen::FieldReader reader(*answer);
    reader.short_string();
    return reader.u32();
}

void StreamReader::read_all() {
    const auto messages = messages_in_stream();
    if (!messages) return add_fault("the stream does not answer");
    // One that is cut is read from its first message on.
    const bool is_cut = plan_.queues[stream_].stream_bytes_max > 0;
    const auto all_came = [&] { return *next_ >= *messages + (is_cut ? first_ : 0); };
    while (!all_came() && !over()) {
        const std::uint64_t before = deliveries_;
        const auto moved = [&] { return deliveries_ > before; };
        if (run_until(moved, quiet_seconds_max)) continue;
        add_fault("messages are said to be there and do not come");
        return;
    }
    if (*next_ > *messages + (is_cut ? first_ : 0))
        add_fault("more messages have come than are said to be there");
}

}  // namespace crash
