#include "broker/message.h"

#include <cstring>
#include <new>

#include "base/ensure.h"
#include "base/large_memory.h"
#include "base/limits.h"

namespace warren::broker {

LargeBody* LargeBody::allocate(std::size_t bytes) {
    const std::size_t with_head = sizeof(LargeBody) + bytes;
    void* memory =
        with_head < large_memory_bytes_min ? ::operator new(with_head) : allocate_large(with_head);
    return new (memory) LargeBody(bytes);
}

void LargeBody::release() const {
    // The last owner sees every earlier owner's reads done before the memory goes.
    if (references_.load(std::memory_order_acquire) != 1 &&
        references_.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    const std::size_t with_head = sizeof(LargeBody) + bytes_;
    auto* memory = const_cast<LargeBody*>(this);
    memory->~LargeBody();
    if (with_head < large_memory_bytes_min)
        ::operator delete(memory);
    else
        free_large(memory, with_head);
}

Message::Message(const Parts& parts, LargeBody* large_body, MessageTraits traits)
    : address_bytes_(static_cast<std::uint16_t>(parts.address.size())),
      inline_body_bytes_(static_cast<std::uint16_t>(parts.inline_body.size())),
      header_bytes_(static_cast<std::uint32_t>(parts.header.size())),
      hidden_keys_bytes_(static_cast<std::uint32_t>(parts.hidden_keys.size())),
      traits_(traits),
      large_body_(large_body) {}

Message::~Message() {
    if (large_body_ != nullptr) large_body_->release();
}

void Message::release() const {
    // A message with one owner is freed without an atomic write: the common case of one queue and
    // one consumer.
    if (references_.load(std::memory_order_acquire) != 1 &&
        references_.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    this->~Message();
    ::operator delete(const_cast<Message*>(this));
}

namespace {

std::byte* append(std::byte* at, ByteView bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return at + bytes.size();
}

std::byte* append_short_string(std::byte* at, std::string_view text) {
    *at = static_cast<std::byte>(text.size());
    return append(at + 1, as_bytes(text));
}

}  // namespace

MessageRef Message::assemble(const Parts& parts, LargeBody* large_body, MessageTraits traits) {
    ENSURE(parts.inline_body.size() <= limits::inline_body_bytes_max);
    void* memory = ::operator new(sizeof(Message) + parts.bytes());
    auto* message = new (memory) Message(parts, large_body, traits);
    std::byte* end = append(append(message->data(), parts.address), parts.header);
    append(append(end, parts.hidden_keys), parts.inline_body);
    return MessageRef(message);
}

MessageRef Message::make(ByteView address, ByteView header, ByteView body, MessageTraits traits,
                         ByteView hidden_keys) {
    if (body.size() > limits::inline_body_bytes_max) {
        LargeBodyRef large(LargeBody::allocate(body.size()));
        std::memcpy(large->data(), body.data(), body.size());
        return make(address, header, std::move(large), traits, hidden_keys);
    }
    return assemble({address, header, hidden_keys, body}, nullptr, traits);
}

MessageRef Message::make(ByteView address, ByteView header, LargeBodyRef body, MessageTraits traits,
                         ByteView hidden_keys) {
    return assemble({address, header, hidden_keys, {}}, body.release(), traits);
}

MessageRef Message::make(std::string_view exchange, std::string_view routing_key, ByteView header,
                         ByteView body, MessageTraits traits) {
    std::byte address[2 * (limits::short_string_bytes_max + 1)];
    std::byte* end = append_short_string(append_short_string(address, exchange), routing_key);
    return make(ByteView(address, end), header, body, traits);
}

MessageRef Message::with_envelope(std::string_view exchange, std::string_view routing_key,
                                  ByteView header, MessageTraits traits) const {
    std::byte address[2 * (limits::short_string_bytes_max + 1)];
    std::byte* end = append_short_string(append_short_string(address, exchange), routing_key);
    return assemble({ByteView(address, end), header, encoded_hidden_keys(), inline_body()},
                    shared_large_body(), traits);
}

MessageRef Message::without_hidden_keys(std::string_view exchange, std::string_view routing_key,
                                        ByteView header, MessageTraits traits) const {
    std::byte address[2 * (limits::short_string_bytes_max + 1)];
    std::byte* end = append_short_string(append_short_string(address, exchange), routing_key);
    return assemble({ByteView(address, end), header, {}, inline_body()}, shared_large_body(),
                    traits);
}

MessageRef Message::with_hidden_keys(std::span<const std::string> keys) const {
    std::string encoded;
    for (const std::string& key : keys)
        ByteWriter(encoded).long_string(key);
    return assemble({address(), header(), as_bytes(encoded), inline_body()}, shared_large_body(),
                    traits_);
}

LargeBody* Message::shared_large_body() const {
    if (large_body_ != nullptr) large_body_->add_reference();
    return large_body_;
}

std::vector<std::string> Message::hidden_keys() const {
    std::vector<std::string> keys;
    for (ByteReader reader(encoded_hidden_keys()); !reader.at_end();)
        keys.emplace_back(as_text(reader.long_string()));
    return keys;
}

std::string_view Message::exchange() const {
    return as_text(address().subspan(1, std::to_integer<std::size_t>(data()[0])));
}

std::string_view Message::routing_key() const {
    return as_text(address().subspan(2 + exchange().size()));
}

std::size_t Message::footprint_bytes() const {
    return sizeof(Message) + address_bytes_ + header_bytes_ + body().size() + hidden_keys_bytes_;
}

}  // namespace warren::broker
