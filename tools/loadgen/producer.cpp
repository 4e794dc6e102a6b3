#include "producer.h"

#include <algorithm>
#include <limits>

#include "binding_plan.h"

namespace loadgen {
namespace {

constexpr std::size_t ring_bytes = 256 * 1024;
constexpr std::size_t all_rings_bytes = 256 * 1024 * 1024;
constexpr std::size_t turn_bytes_max = 256 * 1024;
constexpr std::size_t turn_bytes_min = 16 * 1024;
constexpr std::size_t round_bytes_max = 4 * 1024 * 1024;  // of all producers

void open_for_publishing(ControlClient& client, std::uint16_t channel, bool confirms) {
    client.open_channel(channel);
    if (!confirms) return;
    std::string out;
    FrameWriter(out).method(channel, Method::confirm_select).u8(0).end();
    client.call(out, channel, Method::confirm_select_ok);
}

ControlClient& opened(const Options& options, ControlClient& client) {
    for (unsigned i = 0; i < options.producer_channels; ++i) {
        open_for_publishing(client, static_cast<std::uint16_t>(i + 1), options.confirm_window > 0);
    }
    return client;
}

// In the order in which they take turns.
std::vector<std::string> routing_keys_of(const Options& options, unsigned queue) {
    if (!options.spreads())
        return {options.exchange.empty() ? options.queue_name(queue) : options.binding_key(queue)};
    const Spread spread = options.spread_over();
    const BindingPlan plan(options.bindings);
    std::vector<std::string> keys;
    for (unsigned message = 0; message < spread.destinations(); ++message) {
        const unsigned destination = spread.destination_of(message);
        keys.push_back(options.bindings > 0 ? plan.key(destination)
                                            : options.queue_name(destination));
    }
    return keys;
}

PublishShape shape_of(const Options& options, unsigned producer, unsigned channel,
                      std::uint32_t frame_bytes_max) {
    const unsigned queue = options.queue_of_source(options.source_of(producer, channel));
    return {.channel = static_cast<std::uint16_t>(channel + 1),
            .source = static_cast<std::uint16_t>(options.source_of(producer, channel)),
            .exchange = options.exchange,
            .routing_keys = routing_keys_of(options, queue),
            .body_bytes = options.body_bytes,
            .persistent = options.persistent,
            .mandatory = options.mandatory,
            .frame_bytes_max = frame_bytes_max};
}

}  // namespace

Producer::Producer(const Options& options, unsigned index, ControlClient& client,
                   PeerContext context)
    : Peer("producer " + std::to_string(index + 1), opened(options, client), context),
      options_(options),
      scanner_(*this, options.producer_channels) {
    const std::size_t share = all_rings_bytes / options.source_limit();
    const std::size_t slots_max =
        options.confirm_window > 0 ? options.confirm_window : std::size_t{1} << 20;
    for (unsigned i = 0; i < options.producer_channels; ++i) {
        channels_.push_back(
            {.phase = static_cast<double>(options.source_of(index, i)) / options.source_limit(),
             .ring = PublishRing(shape_of(options, index, i, client.frame_bytes_max()),
                                 std::min(ring_bytes, share), slots_max),
             .confirms = ConfirmTracker(options.confirm_window),
             .pacer = Pacer(options.rate)});
    }
}

bool Producer::turn(ReadArena& arena) {
    read_at_ = 0;
    if (stream_.readable() && !receive(arena, scanner_)) return false;
    if (!run_.go.load(std::memory_order_relaxed)) return stream_.readable();
    if (!started_) {
        started_ = true;
        for (Channel& channel : channels_)
            channel.pacer.start(monotonic_now(), channel.phase);
    }
    const bool more = publish();
    if (!more) note_if_done();
    return more || stream_.readable();
}

Nanos Producer::next_due() const {
    Nanos due = nanos_never;
    for (const Channel& channel : channels_)
        due = std::min(due, channel.wake_at);
    return due;
}

// A publish that is half written must be completed before anything else may follow.
void Producer::finish() {
    out_ += channels_[current_].ring.pending();
}

// True when it stopped for fairness only.
bool Producer::publish() {
    const Nanos now = monotonic_now();
    std::size_t budget =
        std::clamp(round_bytes_max / options_.producers, turn_bytes_min, turn_bytes_max);
    std::size_t idle = 0;  // channels in a row that have nothing to send
    while (stream_.writable() && idle < channels_.size()) {
        Channel& channel = channels_[current_];
        if (channel.ring.pending().empty()) fill(channel, now);
        const std::string_view pending = channel.ring.pending();
        if (pending.empty()) {
            ++idle;
        } else {
            idle = 0;
            const std::size_t sent = stream_.write(pending.substr(0, budget));
            channel.ring.written(sent);
            budget -= std::min(budget, sent);
        }
        // Another channel may go on only where a message ends.
        if (channel.ring.pending().empty() && ++current_ == channels_.size()) current_ = 0;
        if (budget == 0) return true;
    }
    for (Channel& channel : channels_) {
        if (!channel.ring.pending().empty()) channel.held_back = true;
    }
    return false;
}

std::size_t Producer::allowed(const Channel& channel) const {
    if (run_.stop_publishing.load(std::memory_order_relaxed)) return 0;
    std::size_t wanted = channel.ring.slot_count();
    if (options_.confirm_window > 0) wanted = std::min(wanted, channel.confirms.room());
    if (options_.count > 0) {
        wanted = std::min<std::size_t>(
            wanted, static_cast<std::size_t>(options_.count - channel.ring.prepared()));
    }
    return wanted;
}

void Producer::fill(Channel& channel, Nanos now) {
    const std::size_t wanted = allowed(channel);
    if (channel.pacer.limited()) {
        fill_at_rate(channel, wanted, now);
        return;
    }
    if (wanted == 0) return;
    const std::size_t count = channel.ring.prepare(wanted, now);
    if (options_.confirm_window > 0) channel.confirms.sent(count, now);
    tally_.published += count;
}

// At a fixed rate a message that had to wait for the broker is stamped with the time it was due,
// not the time it went: otherwise a stall would hide all the messages it held up.
void Producer::fill_at_rate(Channel& channel, std::size_t wanted, Nanos now) {
    Nanos due = channel.pacer.due_time(channel.ring.prepared());
    while (due <= now && wanted > 0) {
        const Nanos stamp = channel.held_back ? due : now;
        if (channel.ring.prepare(1, stamp) == 0) break;
        if (options_.confirm_window > 0) channel.confirms.sent(1, stamp);
        ++tally_.published;
        --wanted;
        due = channel.pacer.due_time(channel.ring.prepared());
    }
    channel.held_back = due <= now;
    // Held back by confirms or by the socket it is woken by an event, else by the clock.
    channel.wake_at =
        wanted == 0 ? nanos_never : channel.pacer.next_wake(channel.ring.prepared(), now);
}

bool Producer::on_content(std::uint16_t, const Content& content) {
    if (!content.returned) return fail("the broker sent a delivery to a producer");
    ++tally_.returned;
    return true;
}

bool Producer::on_method(std::uint16_t channel, Method method, std::string_view arguments) {
    if (method == Method::basic_ack || method == Method::basic_nack)
        return on_confirm(channel, method, arguments);
    return on_general_method(method, arguments);
}

bool Producer::on_confirm(std::uint16_t channel, Method method, std::string_view arguments) {
    if (channel == 0 || arguments.size() < 9) return fail("a malformed confirm");
    const std::uint64_t tag = load_big<std::uint64_t>(arguments.data());
    const bool multiple = (arguments[8] & 1) != 0;
    if (read_at_ == 0) read_at_ = monotonic_now();
    Histogram* const latency = run_.measuring.load(std::memory_order_relaxed) ? &latency_ : nullptr;
    const std::size_t count =
        channels_[channel - 1u].confirms.settle(tag, multiple, read_at_, latency);
    if (count == 0)
        return fail("a confirm of tag " + std::to_string(tag) + ", which is not outstanding");
    (method == Method::basic_ack ? tally_.confirmed : tally_.refused) += count;
    return true;
}

void Producer::note_if_done() {
    const bool stopping = run_.stop_publishing.load(std::memory_order_relaxed);
    if (done_ || (!stopping && options_.count == 0)) return;
    for (const Channel& channel : channels_) {
        const bool wants_more = !stopping && channel.ring.prepared() < options_.count;
        if (wants_more || !channel.ring.pending().empty() || channel.confirms.outstanding() > 0)
            return;
    }
    done_ = true;
    run_.producers_done.fetch_add(1);
}

}  // namespace loadgen
