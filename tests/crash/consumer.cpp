#include "consumer.h"

#include <algorithm>

namespace crash {
namespace {

constexpr std::uint16_t prefetch = 200;
constexpr std::size_t barrier_every = 100;
constexpr std::uint8_t multiple = 1;
constexpr std::uint8_t requeue = 2;  // of basic.nack

}  // namespace

std::string qos_frame() {
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::basic_qos)
        .u32(0)
        .u16(prefetch)
        .u8(0)
        .end();
    return out;
}

std::string acknowledge_frame(std::uint64_t tag) {
    std::string out;
    loadgen::FrameWriter(out).method(1, loadgen::Method::basic_ack).u64(tag).u8(multiple).end();
    return out;
}

std::string consume_frame(const std::string& queue, const loadgen::FieldTable& arguments) {
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::basic_consume)
        .u16(0)
        .short_string(queue)
        .short_string("c")
        .u8(0)
        .table(arguments)
        .end();
    return out;
}

std::string passive_declare_frame(const std::string& queue) {
    constexpr std::uint8_t passive = 1;
    std::string out;
    loadgen::FrameWriter(out)
        .method(1, loadgen::Method::queue_declare)
        .u16(0)
        .short_string(queue)
        .u8(passive)
        .table({})
        .end();
    return out;
}

std::optional<Message> check_delivery(const Plan& plan, QueueIndex queue, const MessageMaker& maker,
                                      const Delivery& delivery, Faults& faults) {
    const std::string& name = plan.queues[queue].name;
    const auto message = maker.recognize(delivery.body);
    if (!message) {
        faults.add(name + ": a body that nobody has published");
        return std::nullopt;
    }
    const auto& homes = plan.sources[message->source].queues;
    const bool at_home = std::ranges::find(homes, queue) != homes.end();
    const bool dead_letter = std::ranges::any_of(
        homes, [&](QueueIndex home) { return plan.queues[home].dead_letters == queue; });
    if (!at_home && !dead_letter) {
        faults.add(name + ": a message of a source that publishes elsewhere");
        return std::nullopt;
    }
    // A dead letter has headers beside what was published.
    if (at_home && !MessageMaker::may_bear(*message, delivery.properties))
        faults.add(name + ": a message with other properties than it was published with");
    return message;
}

Consumer::Consumer(const loadgen::Target& target, const Plan& plan, QueueIndex queue,
                   const MessageMaker& maker, Record& record, Sequences& next, Random random,
                   Faults& faults)
    : Session(target, "consumer of " + plan.queues[queue].name, faults),
      plan_(plan),
      queue_(queue),
      maker_(maker),
      record_(record),
      next_(next),
      random_(random) {
    select_confirms(*this);
    out_ += qos_frame() + consume_frame(plan.queues[queue].name);
}

void Consumer::on_delivery(Delivery& delivery) {
    const auto message = check_delivery(plan_, queue_, maker_, delivery, faults_);
    if (!message) return;
    const CopyId id{message->source, message->sequence};
    record_.arrived(queue_, id, loadgen::monotonic_now());
    record_.delivered(queue_, *message, delivery.redelivered);
    held_.push_back({delivery.tag, id, delivery.redelivered});
}

void Consumer::work() {
    if (over() || stopping_ || held_.empty()) return;
    settle_some();
    if (settled_since_barrier_ >= barrier_every && plan_.barrier_source_of(queue_)) send_barrier();
}

void Consumer::settle_some() {
    switch (plan_.queues[queue_].habit) {
        case Habit::absent:
        case Habit::holds:
            return;
        case Habit::acknowledges:
            if (random_.percent(50)) acknowledge_all();
            return;
        case Habit::picks:
        case Habit::requeues_some:
        case Habit::rejects_some:
            // A few stay, so that what is settled is not always the oldest.
            while (held_.size() > 10)
                settle_one(random_.below(held_.size()));
            return;
    }
}

void Consumer::acknowledge_all() {
    out_ += acknowledge_frame(held_.back().tag);
    for (const Held& held : held_)
        record_.acknowledge_sent(queue_, held.id);
    settled_since_barrier_ += held_.size();
    held_.clear();
}

void Consumer::settle_one(std::size_t index) {
    const Held held = held_[index];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    const Habit habit = plan_.queues[queue_].habit;
    if (habit == Habit::requeues_some && !held.redelivered && random_.percent(30)) {
        send_settlement(loadgen::Method::basic_nack, held.tag, requeue);
        record_.requeue_sent(queue_, held.id);
        return;
    }
    ++settled_since_barrier_;
    if (habit == Habit::rejects_some && random_.percent(30)) {
        send_settlement(loadgen::Method::basic_nack, held.tag, 0);
        record_.reject_sent(queue_, held.id);
        return;
    }
    send_settlement(loadgen::Method::basic_ack, held.tag, 0);
    record_.acknowledge_sent(queue_, held.id);
}

void Consumer::send_settlement(loadgen::Method method, std::uint64_t tag, std::uint8_t flags) {
    loadgen::FrameWriter(out_).method(1, method).u64(tag).u8(flags).end();
}

void Consumer::send_barrier() {
    const SourceIndex source = *plan_.barrier_source_of(queue_);
    const Message message = maker_.make(source, next_[source]++);
    maker_.append_publish(out_, message, frame_bytes_max_);
    record_.published(message, loadgen::monotonic_now());
    window_.sent(message.sequence);
    barriers_.push_back({message.sequence, record_.settlements(queue_)});
    settled_since_barrier_ = 0;
}

void Consumer::on_method(loadgen::Method method, std::string_view arguments) {
    if (method == loadgen::Method::queue_declare_ok && stopping_) {
        record_.prove_settled(queue_, record_.settlements(queue_));
        stopped_ = true;
    }
    if (method != loadgen::Method::basic_ack) return;
    const Nanos now = loadgen::monotonic_now();
    const bool known = window_.on_confirm(arguments, [&](std::uint64_t sequence) {
        record_.confirmed({*plan_.barrier_source_of(queue_), sequence}, now);
        while (!barriers_.empty() && barriers_.front().sequence <= sequence) {
            record_.prove_settled(queue_, barriers_.front().settlements);
            barriers_.pop_front();
        }
    });
    if (!known) add_fault("a confirm of nothing");
}

void Consumer::stop_settling() {
    stopping_ = true;
    if (over()) return;
    out_ += passive_declare_frame(plan_.queues[queue_].name);
}

}  // namespace crash
