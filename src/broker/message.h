#pragma once
// A published message: immutable, counted, the one thing that is shared between shards.
//
// One allocation holds everything a delivery writes, in wire form:
//
//   address      short string exchange, short string routing key (tail of basic.deliver,
//                basic.get-ok, basic.return)
//   header       content header payload as it arrived: class, weight, body size, property flags,
//                properties
//   hidden keys  long strings; not part of any delivery, most often none
//   body         up to limits::inline_body_bytes_max bytes; larger bodies live in a counted buffer
//                of their own, so that dead-lettering can give the same body a new header
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace warren::broker {

// A large body; filled by the publishing session before it becomes part of a message, never changed
// after.
class LargeBody {
public:
    static LargeBody* allocate(std::size_t bytes);
    std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
    ByteView view() const { return {reinterpret_cast<const std::byte*>(this + 1), bytes_}; }
    void add_reference() const { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() const;

private:
    explicit LargeBody(std::size_t bytes) : bytes_(bytes) {}

    mutable std::atomic<std::uint32_t> references_{1};
    std::size_t bytes_;
};

struct LargeBodyRelease {
    void operator()(LargeBody* body) const { body->release(); }
};
using LargeBodyRef = std::unique_ptr<LargeBody, LargeBodyRelease>;

// What of a message's death history the broker itself has written. Clients may send the header
// x-death too, on which nothing depends.
enum class DeathMark : std::uint8_t {
    none,      // has not died here
    recorded,  // x-death is the broker's own
    rerouted,  // so it is, and x-dead-letter-routing-key has taken the place of key and CC
};

// Properties that queues and routing look at, decoded once when the message is built.
struct MessageTraits {
    static constexpr std::uint64_t no_expiration = UINT64_MAX;

    std::uint64_t expiration_ms = no_expiration;  // basic.properties expiration
    std::uint8_t priority = 0;                    // 0 when absent
    bool persistent = false;                      // delivery-mode 2
    bool has_headers = false;                     // a headers table is present
    DeathMark deaths = DeathMark::none;
};

class MessageRef;

class Message {
public:
    // `address` is two short strings; `header` a content header payload whose body size matches the
    // body; `hidden_keys` are long strings.
    static MessageRef make(ByteView address, ByteView header, ByteView body, MessageTraits traits,
                           ByteView hidden_keys = {});
    static MessageRef make(ByteView address, ByteView header, LargeBodyRef body,
                           MessageTraits traits, ByteView hidden_keys = {});
    static MessageRef make(std::string_view exchange, std::string_view routing_key, ByteView header,
                           ByteView body, MessageTraits traits);
    // The same body and hidden keys under another address and header (dead-lettering). The header's
    // body size is the body's.
    MessageRef with_envelope(std::string_view exchange, std::string_view routing_key,
                             ByteView header, MessageTraits traits) const;
    // As with_envelope(), without the hidden keys.
    MessageRef without_hidden_keys(std::string_view exchange, std::string_view routing_key,
                                   ByteView header, MessageTraits traits) const;
    // The same message with routing keys that consumers do not see: those of the header BCC, which
    // are wanted again when the message is dead-lettered.
    MessageRef with_hidden_keys(std::span<const std::string> keys) const;

    ByteView address() const { return {data(), address_bytes_}; }
    ByteView header() const { return {data() + address_bytes_, header_bytes_}; }
    // Long strings.
    ByteView encoded_hidden_keys() const {
        return {data() + address_bytes_ + header_bytes_, hidden_keys_bytes_};
    }
    // Address, header and hidden keys, which lie behind one another; an inline body follows them.
    ByteView envelope() const {
        return {data(), std::size_t{address_bytes_} + header_bytes_ + hidden_keys_bytes_};
    }
    ByteView body() const {
        if (large_body_ != nullptr) return large_body_->view();
        return inline_body();
    }
    bool body_is_inline() const { return large_body_ == nullptr; }
    std::string_view exchange() const;
    std::string_view routing_key() const;
    std::vector<std::string> hidden_keys() const;
    std::uint64_t body_bytes() const { return body().size(); }
    const MessageTraits& traits() const { return traits_; }
    // Memory this message accounts for, its share of a large body included.
    std::size_t footprint_bytes() const;

private:
    friend class MessageRef;
    // What lies behind the object, in this order.
    struct Parts {
        ByteView address;
        ByteView header;
        ByteView hidden_keys;
        ByteView inline_body;
        std::size_t bytes() const {
            return address.size() + header.size() + hidden_keys.size() + inline_body.size();
        }
    };
    Message(const Parts& parts, LargeBody* large_body, MessageTraits traits);
    ~Message();
    static MessageRef assemble(const Parts& parts, LargeBody* large_body, MessageTraits traits);
    ByteView inline_body() const {
        return {data() + address_bytes_ + header_bytes_ + hidden_keys_bytes_, inline_body_bytes_};
    }
    // The large body with one reference more, or null.
    LargeBody* shared_large_body() const;
    std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
    const std::byte* data() const { return reinterpret_cast<const std::byte*>(this + 1); }
    void release() const;

    mutable std::atomic<std::uint32_t> references_{1};
    std::uint16_t address_bytes_;
    std::uint16_t inline_body_bytes_;
    std::uint32_t header_bytes_;
    std::uint32_t hidden_keys_bytes_;
    MessageTraits traits_;
    LargeBody* large_body_;  // counted; null for inline bodies
};

// Owning reference. Moving is free; sharing is explicit because it costs an atomic increment.
class MessageRef {
public:
    MessageRef() = default;
    explicit MessageRef(const Message* adopted) : message_(adopted) {}
    MessageRef(MessageRef&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
    MessageRef& operator=(MessageRef&& other) noexcept {
        if (this != &other) {
            reset();
            message_ = std::exchange(other.message_, nullptr);
        }
        return *this;
    }
    MessageRef(const MessageRef&) = delete;
    MessageRef& operator=(const MessageRef&) = delete;
    ~MessageRef() { reset(); }

    MessageRef share() const {
        if (message_ != nullptr) message_->references_.fetch_add(1, std::memory_order_relaxed);
        return MessageRef(message_);
    }
    void reset() {
        if (message_ != nullptr) std::exchange(message_, nullptr)->release();
    }
    // Gives the reference away; adopt it again with MessageRef(message) to drop it.
    const Message* detach() { return std::exchange(message_, nullptr); }
    const Message& operator*() const { return *message_; }
    const Message* operator->() const { return message_; }
    explicit operator bool() const { return message_ != nullptr; }

private:
    const Message* message_ = nullptr;
};

}  // namespace warren::broker
