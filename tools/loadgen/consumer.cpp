#include "consumer.h"

#include <algorithm>

namespace loadgen {
namespace {

ControlClient& opened(const Options& options, std::size_t channels, ControlClient& client) {
    for (std::size_t i = 1; i <= channels; ++i) {
        const auto channel = static_cast<std::uint16_t>(i);
        client.open_channel(channel);
        if (options.prefetch == 0 || options.auto_ack) continue;
        std::string out;
        FrameWriter writer(out);
        writer.method(channel, Method::basic_qos).u32(0).u16(options.prefetch).u8(0).end();
        client.call(out, channel, Method::basic_qos_ok);
    }
    return client;
}

std::string consume_frame(const Options& options, std::uint16_t channel, unsigned queue) {
    constexpr std::uint8_t no_ack = 2;
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::basic_consume)
        .u16(0)
        .short_string(options.queue_name(queue))
        .short_string("c");
    writer.u8(options.auto_ack ? no_ack : 0).table(options.consumer_arguments).end();
    return out;
}

}  // namespace

std::uint64_t QueueRecord::missing() const {
    std::uint64_t sum = 0;
    for (const DeliveryLedger& ledger : sources)
        sum += ledger.missing();
    return sum;
}

Consumer::Consumer(const Options& options, unsigned index, const std::vector<QueueRecord*>& records,
                   ControlClient& client, PeerContext context)
    : Peer("consumer " + std::to_string(index + 1), opened(options, records.size(), client),
           context),
      options_(options),
      spread_(options.spread_over()),
      scanner_(*this, records.size()) {
    if (options.verify_body) filler_ = body_filler(options.body_bytes);
    for (QueueRecord* const record : records) {
        const auto channel = static_cast<std::uint16_t>(lanes_.size() + 1);
        lanes_.push_back({.record = *record, .channel = channel});
        out_ += consume_frame(options, channel, record->queue);
    }
}

bool Consumer::turn(ReadArena& arena) {
    if (stream_.readable()) {
        measuring_ = options_.latency && run_.measuring.load(std::memory_order_relaxed);
        read_at_ = 0;
        if (!receive(arena, scanner_)) return false;
    }
    flush_out();
    return stream_.readable();
}

void Consumer::finish() {
    for (Lane& lane : lanes_) {
        if (!options_.auto_ack && lane.unacknowledged > 0) acknowledge(lane);
    }
}

bool Consumer::on_body(const Content& content, std::string_view piece) {
    const auto at = static_cast<std::size_t>(content.received_bytes);
    if (at + piece.size() > filler_.size())
        return fail("a body of " + std::to_string(content.body_bytes) + " bytes");
    // Identity and stamp differ from message to message; they are checked elsewhere.
    std::size_t skip = options_.body_bytes >= stamped_bytes ? stamped_bytes : identity_bytes;
    if (options_.body_bytes < identity_bytes) skip = 0;
    const std::size_t from = std::min(piece.size(), skip > at ? skip - at : 0);
    const std::string_view expected =
        std::string_view(filler_).substr(at + from, piece.size() - from);
    return piece.substr(from) == expected || fail("a body whose content has changed");
}

bool Consumer::on_content(std::uint16_t channel, const Content& content) {
    Lane& lane = lanes_[channel - 1u];
    if (content.returned || !lane.consuming) return fail("an unexpected message");
    if (content.body_bytes != options_.body_bytes) {
        return fail("a body of " + std::to_string(content.body_bytes) + " bytes");
    }
    ++tally_.delivered;
    if (content.redelivered) ++tally_.redelivered;
    if (options_.body_bytes >= identity_bytes) {
        if (!check_identity(lane, content)) return false;
    } else {
        ++tally_.unique;
    }
    if (measuring_) {
        if (read_at_ == 0) read_at_ = monotonic_now();
        latency_.record(read_at_ - std::min(read_at_, content.stamp()));
    }
    lane.last_tag = content.delivery_tag;
    if (!options_.auto_ack && ++lane.unacknowledged >= options_.ack_every) acknowledge(lane);
    return true;
}

bool Consumer::check_identity(Lane& lane, const Content& content) {
    const std::uint64_t identity = content.identity();
    const auto source = static_cast<std::size_t>(identity >> 48);
    std::uint64_t sequence = identity & sequence_mask;
    const bool spreads = options_.spreads();
    const bool all_sources = spreads || options_.copies_of_each_message() > 1;
    if (spreads ? spread_.queue_of(sequence) != lane.record.queue
                : !all_sources && source % options_.queues != lane.record.queue) {
        return fail("a message of source " + std::to_string(source) +
                    ", which publishes to another queue");
    }
    const std::size_t number = all_sources ? source : source / options_.queues;
    if (spreads) sequence = spread_.number_in_queue(sequence);
    if (number >= lane.record.sources.size()) lane.record.sources.resize(number + 1);
    switch (lane.record.sources[number].accept(sequence)) {
        case DeliveryLedger::Verdict::first_time:
            ++tally_.unique;
            break;
        case DeliveryLedger::Verdict::duplicate:
            if (!content.redelivered) note_disorder(tally_.duplicates, "twice", content);
            break;
        case DeliveryLedger::Verdict::too_far_ahead:
            return fail("sequence number " + std::to_string(sequence) + " came out of nowhere");
    }
    std::uint64_t& last = lane.last_of(number);
    if (sequence < last && !content.redelivered)
        note_disorder(tally_.out_of_order, "out of order", content);
    last = std::max(last, sequence + 1);
    return true;
}

std::uint64_t& Consumer::Lane::last_of(std::size_t source) {
    if (source >= last.size()) last.resize(source + 1);
    return last[source];
}

void Consumer::note_disorder(std::uint64_t& counter, const char* what, const Content& content) {
    constexpr std::uint64_t shown_max = 3;
    if (++counter > shown_max) return;
    const std::uint64_t identity = content.identity();
    run_.fail(name_ + ": message " + std::to_string(identity & sequence_mask) + " of source " +
                  std::to_string(identity >> 48) + " came " + what,
              false);
}

void Consumer::acknowledge(Lane& lane) {
    char frame[] = {1, 0,  1, 0,  0, 0, 13,
                    0, 60, 0, 80, 0, 0, 0,
                    0, 0,  0, 0,  0, 1, static_cast<char>(frame_end)};
    store_big(frame + 1, lane.channel);
    store_big(frame + 11, lane.last_tag);
    out_.append(frame, sizeof frame);
    lane.unacknowledged = 0;
}

bool Consumer::on_method(std::uint16_t channel, Method method, std::string_view arguments) {
    if (method == Method::basic_consume_ok && channel > 0 && !lanes_[channel - 1u].consuming) {
        lanes_[channel - 1u].consuming = true;
        if (++lanes_ready_ == lanes_.size()) run_.consumers_ready.fetch_add(1);
        return true;
    }
    return on_general_method(method, arguments);
}

}  // namespace loadgen
