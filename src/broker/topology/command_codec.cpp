#include "broker/topology/command_codec.h"

#include "amqp091/table_view.h"

namespace warren {

using namespace broker;

template <>
struct MemberCodec<amqp091::FieldTable> {
    static void write(ByteWriter& out, const amqp091::FieldTable& table) {
        out.long_string(table.encode());
    }
    static void read(ByteReader& in, amqp091::FieldTable& table) {
        const auto checked = amqp091::TableView::check(in.long_string());
        if (!checked) return in.set_failed();
        table = checked->decode();
    }
};

// As a table whose only field has no name.
template <>
struct MemberCodec<amqp091::FieldValue> {
    static void write(ByteWriter& out, const amqp091::FieldValue& value) {
        MemberCodec<amqp091::FieldTable>::write(out, {{"", value}});
    }
    static void read(ByteReader& in, amqp091::FieldValue& value) {
        amqp091::FieldTable table;
        MemberCodec<amqp091::FieldTable>::read(in, table);
        if (table.size() != 1 || !table.begin()->name.empty()) return in.set_failed();
        value = table.begin()->value;
    }
};

template <>
struct MemberCodec<PolicyKind> : EnumCodec<PolicyKind, PolicyKind::of_operator> {};

template <>
struct MemberCodec<ApplyTo> : EnumCodec<ApplyTo, ApplyTo::exchanges> {};

template <>
struct MemberCodec<DestinationKind> : EnumCodec<DestinationKind, DestinationKind::exchange> {};

template <>
struct Layout<VhostLimits> {
    static constexpr auto members =
        std::tuple(&VhostLimits::queues_max, &VhostLimits::connections_max);
};

template <>
struct Layout<CreateVhost> {
    static constexpr std::uint8_t type = 1;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&CreateVhost::name, &CreateVhost::description, &CreateVhost::tags,
                   &CreateVhost::default_queue_type, &CreateVhost::limits);
};

template <>
struct Layout<DeleteVhost> {
    static constexpr std::uint8_t type = 2;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DeleteVhost::name);
};

template <>
struct Layout<UpdateVhost> {
    static constexpr std::uint8_t type = 3;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&UpdateVhost::name, &UpdateVhost::description, &UpdateVhost::tags,
                   &UpdateVhost::default_queue_type, &UpdateVhost::limits);
};

template <>
struct Layout<DeclareExchange> {
    static constexpr std::uint8_t type = 4;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&DeclareExchange::vhost, &DeclareExchange::name, &DeclareExchange::type,
                   &DeclareExchange::durable, &DeclareExchange::auto_delete,
                   &DeclareExchange::internal, &DeclareExchange::arguments, &DeclareExchange::user);
};

template <>
struct Layout<DeleteExchange> {
    static constexpr std::uint8_t type = 5;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&DeleteExchange::vhost, &DeleteExchange::name, &DeleteExchange::if_unused);
};

template <>
struct Layout<DeclareQueue> {
    static constexpr std::uint8_t type = 6;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&DeclareQueue::vhost, &DeclareQueue::name, &DeclareQueue::durable,
                   &DeclareQueue::auto_delete, &DeclareQueue::owner, &DeclareQueue::shard,
                   &DeclareQueue::arguments, &DeclareQueue::user);
};

template <>
struct Layout<DeleteQueue> {
    static constexpr std::uint8_t type = 7;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DeleteQueue::queue);
};

template <>
struct Layout<DeleteQueuesOf> {
    static constexpr std::uint8_t type = 8;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DeleteQueuesOf::connection);
};

template <>
struct Layout<Bind> {
    static constexpr std::uint8_t type = 9;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&Bind::vhost, &Bind::source, &Bind::destination_kind, &Bind::destination,
                   &Bind::routing_key, &Bind::arguments, &Bind::connection);
};

template <>
struct Layout<Unbind> {
    static constexpr std::uint8_t type = 10;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&Unbind::vhost, &Unbind::source, &Unbind::destination_kind, &Unbind::destination,
                   &Unbind::routing_key, &Unbind::arguments, &Unbind::connection);
};

template <>
struct Layout<ForgetTransient> {
    static constexpr std::uint8_t type = 11;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple();
};

template <>
struct Layout<ReserveNumbers> {
    static constexpr std::uint8_t type = 12;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&ReserveNumbers::next);
};

template <>
struct Layout<SetPolicy> {
    static constexpr std::uint8_t type = 13;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&SetPolicy::vhost, &SetPolicy::kind, &SetPolicy::name, &SetPolicy::pattern,
                   &SetPolicy::apply_to, &SetPolicy::priority, &SetPolicy::definition);
};

template <>
struct Layout<DeletePolicy> {
    static constexpr std::uint8_t type = 14;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&DeletePolicy::vhost, &DeletePolicy::kind, &DeletePolicy::name);
};

template <>
struct Layout<SetParameter> {
    static constexpr std::uint8_t type = 15;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&SetParameter::vhost, &SetParameter::component,
                                               &SetParameter::name, &SetParameter::value);
};

template <>
struct Layout<DeleteParameter> {
    static constexpr std::uint8_t type = 16;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&DeleteParameter::vhost, &DeleteParameter::component, &DeleteParameter::name);
};

template <>
struct Layout<SetGlobalParameter> {
    static constexpr std::uint8_t type = 17;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members =
        std::tuple(&SetGlobalParameter::name, &SetGlobalParameter::value);
};

template <>
struct Layout<DeleteGlobalParameter> {
    static constexpr std::uint8_t type = 18;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&DeleteGlobalParameter::name);
};

template <>
struct Layout<ProtectVhost> {
    static constexpr std::uint8_t type = 19;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&ProtectVhost::name, &ProtectVhost::is_protected);
};

template <>
struct Layout<TraceVhost> {
    static constexpr std::uint8_t type = 20;
    static constexpr std::uint8_t version = 1;
    static constexpr auto members = std::tuple(&TraceVhost::name, &TraceVhost::is_on);
};

namespace broker {

std::string encode(const TopologyCommand& command) {
    return encode_command(command.body);
}

Result<TopologyCommand, UnreadableCommand> decode_topology_command(ByteView bytes) {
    auto body = CommandDecoder<TopologyCommandBody>::decode(bytes);
    if (!body) return fail(body.error());
    return TopologyCommand{std::move(*body)};
}

}  // namespace broker
}  // namespace warren
