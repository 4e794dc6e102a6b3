#pragma once
// How commands become bytes that outlive this program, and commands again. A command's layout is
// the list of its members, written down once and used in both directions:
//
//   template <>
//   struct Layout<CreateVhost> {
//       static constexpr std::uint8_t type = 1;     // never given to another command
//       static constexpr std::uint8_t version = 1;  // rises when the members change
//       static constexpr auto members = std::tuple(&CreateVhost::name, ...);
//   };
//
//   command   type u8 | version u8 | members
//   member    number, id   its own width      text, table   length u32, bytes
//             bool, enum   u8                 list          count u32, items
//             struct       its members        optional      u8, then the value if that is 1
//
// Numbers are big-endian, as in the AMQP tables among the members. Reading takes any bytes: what
// comes out is a command or says why it is none.
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace warren {

struct UnreadableCommand {
    enum class Reason : std::uint8_t { unknown_type, unknown_version, damaged };

    Reason reason = Reason::damaged;
    std::uint8_t type = 0;
    std::uint8_t version = 0;

    // "command type 200 is unknown to this version"
    std::string text() const;
    friend bool operator==(const UnreadableCommand&, const UnreadableCommand&) = default;
};

// Specialised for each command, and without type and version for the structs inside them.
template <typename Struct>
struct Layout;

// One member: write(ByteWriter&, const Value&) and read(ByteReader&, Value&), which calls
// set_failed() on what cannot be.
template <typename Value>
struct MemberCodec;

template <std::unsigned_integral Value>
struct MemberCodec<Value> {
    static void write(ByteWriter& out, Value value) {
        if constexpr (sizeof(Value) == 1) out.u8(value);
        if constexpr (sizeof(Value) == 2) out.u16(value);
        if constexpr (sizeof(Value) == 4) out.u32(value);
        if constexpr (sizeof(Value) == 8) out.u64(value);
    }
    static void read(ByteReader& in, Value& value) {
        if constexpr (sizeof(Value) == 1) value = in.u8();
        if constexpr (sizeof(Value) == 2) value = in.u16();
        if constexpr (sizeof(Value) == 4) value = in.u32();
        if constexpr (sizeof(Value) == 8) value = in.u64();
    }
};

template <>
struct MemberCodec<std::int64_t> {
    static void write(ByteWriter& out, std::int64_t value) {
        out.u64(static_cast<std::uint64_t>(value));
    }
    static void read(ByteReader& in, std::int64_t& value) {
        value = static_cast<std::int64_t>(in.u64());
    }
};

template <>
struct MemberCodec<bool> {
    static void write(ByteWriter& out, bool value) { out.u8(value ? 1 : 0); }
    static void read(ByteReader& in, bool& value) {
        const std::uint8_t byte = in.u8();
        value = byte == 1;
        if (byte > 1) in.set_failed();
    }
};

// Base of the codecs of enums that count from 0 to `last`.
template <typename Enum, Enum last>
struct EnumCodec {
    static void write(ByteWriter& out, Enum value) { out.u8(static_cast<std::uint8_t>(value)); }
    static void read(ByteReader& in, Enum& value) {
        const std::uint8_t byte = in.u8();
        if (byte > static_cast<std::uint8_t>(last)) return in.set_failed();
        value = static_cast<Enum>(byte);
    }
};

template <>
struct MemberCodec<std::string> {
    static void write(ByteWriter& out, const std::string& text) { out.long_string(text); }
    static void read(ByteReader& in, std::string& text) { text = as_text(in.long_string()); }
};

template <typename Tag, typename Value>
struct MemberCodec<Id<Tag, Value>> {
    static void write(ByteWriter& out, Id<Tag, Value> id) {
        MemberCodec<Value>::write(out, id.value);
    }
    static void read(ByteReader& in, Id<Tag, Value>& id) { MemberCodec<Value>::read(in, id.value); }
};

template <>
struct MemberCodec<ConnectionId> {
    static void write(ByteWriter& out, ConnectionId id) { out.u64(id.value); }
    static void read(ByteReader& in, ConnectionId& id) { id.value = in.u64(); }
};

template <typename Value>
struct MemberCodec<std::optional<Value>> {
    static void write(ByteWriter& out, const std::optional<Value>& value) {
        MemberCodec<bool>::write(out, value.has_value());
        if (value) MemberCodec<Value>::write(out, *value);
    }
    static void read(ByteReader& in, std::optional<Value>& value) {
        bool present = false;
        MemberCodec<bool>::read(in, present);
        if (present) MemberCodec<Value>::read(in, value.emplace());
    }
};

template <typename Item>
struct MemberCodec<std::vector<Item>> {
    static void write(ByteWriter& out, const std::vector<Item>& items) {
        out.u32(static_cast<std::uint32_t>(items.size()));
        for (const Item& item : items)
            MemberCodec<Item>::write(out, item);
    }
    // The count is believed item by item: a damaged one must not take memory.
    static void read(ByteReader& in, std::vector<Item>& items) {
        for (std::uint32_t left = in.u32(); left != 0 && in.ok(); --left)
            MemberCodec<Item>::read(in, items.emplace_back());
    }
};

template <typename Struct>
    requires requires { Layout<Struct>::members; }
struct MemberCodec<Struct> {
    static void write(ByteWriter& out, const Struct& value) {
        const auto write_one = [&]<typename Member>(Member Struct::* member) {
            MemberCodec<Member>::write(out, value.*member);
        };
        std::apply([&](auto... members) { (write_one(members), ...); }, Layout<Struct>::members);
    }
    static void read(ByteReader& in, Struct& value) {
        const auto read_one = [&]<typename Member>(Member Struct::* member) {
            MemberCodec<Member>::read(in, value.*member);
        };
        std::apply([&](auto... members) { (read_one(members), ...); }, Layout<Struct>::members);
    }
};

template <typename... Commands>
std::string encode_command(const std::variant<Commands...>& command) {
    std::string bytes;
    ByteWriter out(bytes);
    std::visit(
        [&]<typename Command>(const Command& body) {
            out.u8(Layout<Command>::type);
            out.u8(Layout<Command>::version);
            MemberCodec<Command>::write(out, body);
        },
        command);
    return bytes;
}

template <typename Variant>
struct CommandDecoder;

template <typename... Commands>
struct CommandDecoder<std::variant<Commands...>> {
    using Variant = std::variant<Commands...>;
    using Answer = Result<Variant, UnreadableCommand>;

    static Answer decode(ByteView bytes) {
        ByteReader in(bytes);
        const std::uint8_t type = in.u8();
        const std::uint8_t version = in.u8();
        Answer answer = fail(UnreadableCommand{
            in.ok() ? UnreadableCommand::Reason::unknown_type : UnreadableCommand::Reason::damaged,
            type, version});
        if (in.ok()) (decode_as<Commands>(in, type, version, answer) || ...);
        return answer;
    }

private:
    // Says whether the type is this command's.
    template <typename Command>
    static bool decode_as(ByteReader& in, std::uint8_t type, std::uint8_t version, Answer& answer) {
        if (type != Layout<Command>::type) return false;
        Command command{};
        const bool known = version == Layout<Command>::version;
        if (known) MemberCodec<Command>::read(in, command);
        if (known && in.ok() && in.at_end())
            answer = Variant(std::move(command));
        else
            answer = fail(UnreadableCommand{known ? UnreadableCommand::Reason::damaged
                                                  : UnreadableCommand::Reason::unknown_version,
                                            type, version});
        return true;
    }
};

}  // namespace warren
