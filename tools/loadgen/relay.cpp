#include "relay.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr std::size_t out_bytes_max = 1 << 20;
constexpr std::size_t protocol_header_bytes = 8;

bool every(std::uint64_t interval, std::uint64_t number) {
    return interval != 0 && number % interval == 0;
}

void append_start(std::string& out) {
    std::string properties;
    FrameWriter(properties).short_string("product").u8('S').long_string("relay");
    FrameWriter writer(out);
    writer.method(0, Method::connection_start).u8(0).u8(9).long_string(properties);
    writer.long_string("PLAIN").long_string("en_US").end();
}

void append_close(std::string& out, std::uint16_t code, std::string_view text) {
    FrameWriter(out).method(0, Method::connection_close).u16(code).short_string(text).u32(0).end();
}

}  // namespace

Relay::Relay(std::uint16_t port, RelayFaults faults)
    : faults_(faults),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (bind(listener_, generic, length) != 0 || listen(listener_, 1024) != 0 ||
        getsockname(listener_, generic, &length) != 0) {
        throw std::runtime_error(std::string("relay: cannot listen: ") + std::strerror(errno));
    }
    port_ = ntohs(address.sin_port);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

Relay::~Relay() {
    connections_.clear();
    close(listener_);
    close(epoll_);
}

void Relay::run() {
    while (!stopping_.load()) {
        const bool some_wait =
            std::any_of(connections_.begin(), connections_.end(), [](const auto& connection) {
                return connection->stream.readable() && connection->stream.end_reason().empty();
            });
        epoll_event events[64];
        const int timeout_ms = some_wait && !consumers_are_full() ? 0 : 50;
        const int count = epoll_wait(epoll_, events, std::size(events), timeout_ms);
        for (int i = 0; i < count; ++i) {
            auto* const connection = static_cast<Connection*>(events[i].data.ptr);
            if (connection == nullptr) {
                accept_all();
            } else {
                connection->stream.note_events(events[i].events);
            }
        }
        for (const auto& connection : connections_)
            flush(*connection);
        for (std::size_t i = 0; i < connections_.size(); ++i)
            serve(*connections_[i]);
        for (const auto& connection : connections_)
            flush(*connection);
        drop_ended();
    }
}

void Relay::accept_all() {
    while (true) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections_.push_back(std::make_unique<Connection>(fd));
        epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                          .data = {.ptr = connections_.back().get()}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
}

// A publisher that is too fast is not read from; consumers are, since their acknowledgements lead
// to nothing.
bool Relay::consumers_are_full() const {
    return std::any_of(consumers_.begin(), consumers_.end(), [](const Connection* consumer) {
        return consumer->out.size() > out_bytes_max;
    });
}

void Relay::serve(Connection& connection) {
    if (!connection.stream.readable() || !connection.stream.end_reason().empty()) return;
    if (connection.consumer_channel == 0 && consumers_are_full()) return;
    const std::string_view input = connection.stream.receive(arena_);
    if (!input.empty()) connection.stream.keep(input.substr(consume_input(connection, input)));
}

std::size_t Relay::consume_input(Connection& connection, std::string_view input) {
    std::size_t used = 0;
    if (!connection.greeted) {
        if (input.size() < protocol_header_bytes) return 0;
        used = protocol_header_bytes;
        connection.greeted = true;
        append_start(connection.out);
    }
    std::uint16_t publishing_channel = 0;
    while (!connection.closing) {
        const std::string_view rest = input.substr(used);
        const auto frame = first_frame(rest);
        if (!frame) break;
        if (frame->type == FrameType::method && frame->method() == Method::basic_publish) {
            Publish publish;
            if (!whole_publish(rest, *frame, publish)) break;
            if (publishing_channel != publish.channel) confirm(connection, publishing_channel);
            publishing_channel = publish.channel;
            on_publish(connection, publish);
            used += publish.bytes;
            continue;
        }
        if (frame->type == FrameType::method) on_method(connection, *frame);
        used += frame->bytes;
    }
    confirm(connection, publishing_channel);
    return connection.closing ? input.size() : used;
}

bool Relay::whole_publish(std::string_view input, const Frame& method, Publish& publish) {
    const std::string_view content = input.substr(method.bytes);
    const auto header = first_frame(content);
    if (!header || header->payload.size() < 12) return false;
    std::size_t content_bytes = header->bytes;
    std::uint64_t left = load_big<std::uint64_t>(header->payload.data() + 4);
    while (left > 0) {
        const auto body = first_frame(content.substr(content_bytes));
        if (!body) return false;
        left -= std::min<std::uint64_t>(left, body->payload.size());
        content_bytes += body->bytes;
    }
    publish = {.channel = method.channel,
               .content = content.substr(0, content_bytes),
               .bytes = method.bytes + content_bytes};
    return true;
}

void Relay::on_publish(Connection& from, const Publish& publish) {
    ++received_;
    ++channel_of(from, publish.channel).published;
    if (faults_.close_after != 0 && received_ >= faults_.close_after) {
        append_close(from.out, 541, "INTERNAL_ERROR - as asked");
        from.closing = true;
        return;
    }
    if (every(faults_.drop_every, received_)) return;
    if (every(faults_.swap_every, received_)) {
        swapped_ = publish.content;
        return;
    }
    if (every(faults_.corrupt_every, received_)) {
        std::string changed(publish.content);
        changed[changed.size() - 2] = static_cast<char>(changed[changed.size() - 2] ^ 1);
        deliver(changed);
    } else {
        deliver(publish.content);
    }
    if (every(faults_.duplicate_every, received_)) deliver(publish.content);
    if (!swapped_.empty()) deliver(std::exchange(swapped_, {}));
}

// Round robin over the consumers. The content frames go out as they came, with the consumer's
// channel in each.
void Relay::deliver(std::string_view content) {
    if (consumers_.empty()) {
        ++kept_;
        return;
    }
    if (next_consumer_ >= consumers_.size()) next_consumer_ = 0;
    Connection& consumer = *consumers_[next_consumer_++];
    char tail[12] =
        {};  // delivery tag, not redelivered, no exchange name, no routing key, end of frame
    store_big(tail, ++consumer.delivery_tag);
    tail[11] = static_cast<char>(frame_end);
    consumer.out.append(consumer.deliver_head).append(tail, sizeof tail);
    std::size_t at = consumer.out.size();
    consumer.out.append(content);
    while (at < consumer.out.size()) {
        store_big(consumer.out.data() + at + 1, consumer.consumer_channel);
        at += load_big<std::uint32_t>(consumer.out.data() + at + 3) + frame_overhead_bytes;
    }
}

Relay::Channel& Relay::channel_of(Connection& connection, std::uint16_t number) {
    if (number >= connection.channels.size()) connection.channels.resize(number + 1u);
    return connection.channels[number];
}

// One merged confirm for what a read has brought.
void Relay::confirm(Connection& connection, std::uint16_t number) {
    Channel& channel = channel_of(connection, number);
    if (!channel.confirms || connection.closing) return;
    if (faults_.confirm_nothing_after != 0 && channel.published > faults_.confirm_nothing_after)
        return;
    while (channel.confirmed < channel.published) {
        // Up to the next one that is to be refused, then that one alone.
        std::uint64_t last = channel.published;
        if (faults_.nack_every != 0) {
            last =
                std::min(last, (channel.confirmed / faults_.nack_every + 1) * faults_.nack_every);
        }
        const bool refuse = every(faults_.nack_every, last);
        const std::uint64_t good = refuse ? last - 1 : last;
        FrameWriter writer(connection.out);
        if (good > channel.confirmed)
            writer.method(number, Method::basic_ack).u64(good).u8(1).end();
        if (refuse) writer.method(number, Method::basic_nack).u64(last).u8(0).end();
        channel.confirmed = last;
    }
}

void Relay::on_method(Connection& connection, const Frame& frame) {
    FrameWriter writer(connection.out);
    const std::uint16_t channel = frame.channel;
    switch (frame.method()) {
        case Method::connection_start_ok:
            writer.method(0, Method::connection_tune).u16(2047).u32(131072).u16(0).end();
            return;
        case Method::connection_open:
            writer.method(0, Method::connection_open_ok).short_string("").end();
            return;
        case Method::connection_close:
            writer.method(0, Method::connection_close_ok).end();
            connection.closing = true;
            return;
        case Method::channel_open:
            writer.method(channel, Method::channel_open_ok).u32(0).end();
            return;
        case Method::channel_close:
            writer.method(channel, Method::channel_close_ok).end();
            return;
        case Method::confirm_select:
            channel_of(connection, channel).confirms = true;
            writer.method(channel, Method::confirm_select_ok).end();
            return;
        case Method::exchange_declare:
            writer.method(channel, Method::exchange_declare_ok).end();
            return;
        case Method::exchange_delete:
            writer.method(channel, Method::exchange_delete_ok).end();
            return;
        case Method::queue_bind:
            writer.method(channel, Method::queue_bind_ok).end();
            return;
        case Method::queue_unbind:
            writer.method(channel, Method::queue_unbind_ok).end();
            return;
        case Method::queue_delete:
            kept_ = 0;
            writer.method(channel, Method::queue_delete_ok).u32(0).end();
            return;
        case Method::queue_declare:
            answer_declare(connection, frame);
            return;
        case Method::basic_qos:
            writer.method(channel, Method::basic_qos_ok).end();
            return;
        case Method::basic_consume:
            on_consume(connection, frame);
            return;
        default:
            return;
    }
}

void Relay::answer_declare(Connection& connection, const Frame& frame) {
    FieldReader reader(frame.arguments());
    reader.u16();
    FrameWriter writer(connection.out);
    writer.method(frame.channel, Method::queue_declare_ok).short_string(reader.short_string());
    writer.u32(static_cast<std::uint32_t>(kept_)).u32(0).end();
}

void Relay::on_consume(Connection& connection, const Frame& frame) {
    FieldReader reader(frame.arguments());
    reader.u16();
    reader.short_string();
    const std::string_view tag = reader.short_string();
    FrameWriter(connection.out)
        .method(frame.channel, Method::basic_consume_ok)
        .short_string(tag)
        .end();
    FrameWriter writer(connection.deliver_head);
    writer.method(frame.channel, Method::basic_deliver).short_string(tag);
    // The size of the finished frame: what stands here after its header, and the tail without the
    // end octet.
    const std::size_t payload = connection.deliver_head.size() - frame_header_bytes + 11;
    store_big(connection.deliver_head.data() + 3, static_cast<std::uint32_t>(payload));
    connection.consumer_channel = frame.channel;
    consumers_.push_back(&connection);
}

bool Relay::flush(Connection& connection) {
    if (connection.out.empty() || !connection.stream.writable()) return connection.out.empty();
    connection.out.erase(0, connection.stream.write(connection.out));
    return connection.out.empty();
}

void Relay::drop_ended() {
    std::erase_if(connections_, [this](const std::unique_ptr<Connection>& connection) {
        const bool said_goodbye = connection->closing && connection->out.empty();
        if (connection->stream.end_reason().empty() && !said_goodbye) return false;
        std::erase(consumers_, connection.get());
        return true;
    });
}

}  // namespace loadgen
