#include "session/dispatch.h"

#include <fmt/format.h>

#include "session/handlers/handlers.h"

namespace warren::session {

using namespace amqp091;

namespace {

template <typename Method>
Handled run(Channel& channel, ByteView arguments) {
    return decode_and<Method>(arguments, [&channel](const Method& method) {
        auto handled = handle(channel, method);
        if (!handled) blame(handled.error(), Method::id);
        return handled;
    });
}

Handled unknown(MethodId method) {
    return fail(
        error_of(method, ReplyCode::command_invalid,
                 method_name(method).empty()
                     ? fmt::format("unknown method {}.{}", class_part(method), method_part(method))
                     : "unimplemented method"));
}

}  // namespace

// In the order of the specification. channel.open comes to the connection, which has no channel yet
// then.
Handled dispatch(Channel& channel, MethodId method, ByteView arguments) {
    switch (method) {
        case MethodId::channel_open:
            return run<ChannelOpen>(channel, arguments);
        case MethodId::channel_flow:
            return run<ChannelFlow>(channel, arguments);
        case MethodId::channel_close:
            return run<ChannelClose>(channel, arguments);
        case MethodId::access_request:
            return run<AccessRequest>(channel, arguments);
        case MethodId::exchange_declare:
            return run<ExchangeDeclare>(channel, arguments);
        case MethodId::exchange_delete:
            return run<ExchangeDelete>(channel, arguments);
        case MethodId::exchange_bind:
            return run<ExchangeBind>(channel, arguments);
        case MethodId::exchange_unbind:
            return run<ExchangeUnbind>(channel, arguments);
        case MethodId::queue_declare:
            return run<QueueDeclare>(channel, arguments);
        case MethodId::queue_bind:
            return run<QueueBind>(channel, arguments);
        case MethodId::queue_purge:
            return run<QueuePurge>(channel, arguments);
        case MethodId::queue_delete:
            return run<QueueDelete>(channel, arguments);
        case MethodId::queue_unbind:
            return run<QueueUnbind>(channel, arguments);
        case MethodId::basic_qos:
            return run<BasicQos>(channel, arguments);
        case MethodId::basic_consume:
            return run<BasicConsume>(channel, arguments);
        case MethodId::basic_cancel:
            return run<BasicCancel>(channel, arguments);
        case MethodId::basic_cancel_ok:
            return {};
        case MethodId::basic_publish:
            return run<BasicPublish>(channel, arguments);
        case MethodId::basic_get:
            return run<BasicGet>(channel, arguments);
        case MethodId::basic_ack:
            return run<BasicAck>(channel, arguments);
        case MethodId::basic_reject:
            return run<BasicReject>(channel, arguments);
        case MethodId::basic_recover_async:
            return run<BasicRecoverAsync>(channel, arguments);
        case MethodId::basic_recover:
            return run<BasicRecover>(channel, arguments);
        case MethodId::basic_nack:
            return run<BasicNack>(channel, arguments);
        case MethodId::confirm_select:
            return run<ConfirmSelect>(channel, arguments);
        case MethodId::tx_select:
            return run<TxSelect>(channel, arguments);
        case MethodId::tx_commit:
            return run<TxCommit>(channel, arguments);
        case MethodId::tx_rollback:
            return run<TxRollback>(channel, arguments);
        default:
            return unknown(method);
    }
}

}  // namespace warren::session
