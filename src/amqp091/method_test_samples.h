#pragma once
// One filled-in struct of every method, for tests that go over all of them.
#include <string>
#include <tuple>

#include "amqp091/codec_test_support.h"
#include "amqp091/methods.h"
#include "base/ensure.h"

namespace warren::amqp091::test {

// `entries` are those of a table and must outlive the samples.
inline auto method_samples(const std::string& entries) {
    const TableView table = TableView::of_checked(as_bytes(entries));
    return std::tuple{
        ConnectionStart{0, 9, table, "PLAIN AMQPLAIN", "en_US"},
        ConnectionStartOk{table, "PLAIN", {"\0guest\0guest", 12}, "en_US"},
        ConnectionSecure{"challenge"},
        ConnectionSecureOk{"response"},
        ConnectionTune{2047, 131'072, 60},
        ConnectionTuneOk{2047, 131'072, 10},
        ConnectionOpen{"/", "capabilities", true},
        ConnectionOpenOk{"hosts"},
        ConnectionClose{320, "CONNECTION_FORCED - bye", 60, 40},
        ConnectionCloseOk{},
        ConnectionBlocked{"low on memory"},
        ConnectionUnblocked{},
        ConnectionUpdateSecret{"secret", "token expired"},
        ConnectionUpdateSecretOk{},
        ChannelOpen{"out of band"},
        ChannelOpenOk{"id"},
        ChannelFlow{true},
        ChannelFlowOk{true},
        ChannelClose{404, "NOT_FOUND - no queue 'q' in vhost '/'", 50, 10},
        ChannelCloseOk{},
        AccessRequest{"/data", true, false, true, false, true},
        AccessRequestOk{1},
        ExchangeDeclare{1, "exchange", "topic", true, false, true, false, true, table},
        ExchangeDeclareOk{},
        ExchangeDelete{1, "exchange", true, true},
        ExchangeDeleteOk{},
        ExchangeBind{1, "to", "from", "key", true, table},
        ExchangeBindOk{},
        ExchangeUnbind{1, "to", "from", "key", true, table},
        ExchangeUnbindOk{},
        QueueDeclare{1, "queue", false, true, false, true, false, table},
        QueueDeclareOk{"queue", 100'000, 7},
        QueueBind{1, "queue", "exchange", "key", true, table},
        QueueBindOk{},
        QueuePurge{1, "queue", true},
        QueuePurgeOk{100'000},
        QueueDelete{1, "queue", true, false, true},
        QueueDeleteOk{100'000},
        QueueUnbind{1, "queue", "exchange", "key", table},
        QueueUnbindOk{},
        BasicQos{70'000, 250, true},
        BasicQosOk{},
        BasicConsume{1, "queue", "tag", true, false, true, false, table},
        BasicConsumeOk{"tag"},
        BasicCancel{"tag", true},
        BasicCancelOk{"tag"},
        BasicPublish{1, "exchange", "key", true, false},
        BasicReturn{312, "NO_ROUTE", "exchange", "key"},
        BasicDeliver{"tag", 1'000'000'000'000, true, "exchange", "key"},
        BasicGet{1, "queue", true},
        BasicGetOk{1'000'000'000'000, true, "exchange", "key", 100'000},
        BasicGetEmpty{"cluster"},
        BasicAck{1'000'000'000'000, true},
        BasicReject{1'000'000'000'000, true},
        BasicRecoverAsync{true},
        BasicRecover{true},
        BasicRecoverOk{},
        BasicNack{1'000'000'000'000, false, true},
        ConfirmSelect{true},
        ConfirmSelectOk{},
        TxSelect{},
        TxSelectOk{},
        TxCommit{},
        TxCommitOk{},
        TxRollback{},
        TxRollbackOk{},
    };
}

// Calls visit(method) for a sample of each.
template <typename Visitor>
void for_each_method_sample(Visitor&& visit) {
    const std::string entries = table_of_every_type().encode();
    std::apply([&](const auto&... methods) { (visit(methods), ...); }, method_samples(entries));
}

template <typename Method>
std::string arguments_of(const Method& method) {
    std::string arguments(method.encoded_bytes(), '\0');
    auto* const at = reinterpret_cast<std::byte*>(arguments.data());
    RawWriter out(at);
    method.encode(out);
    ENSURE(out.at() == at + arguments.size());
    return arguments;
}

}  // namespace warren::amqp091::test
