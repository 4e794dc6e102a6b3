// tx.select, tx.commit, tx.rollback (AMQP 0-9-1, section 1.9). A commit is answered when every
// queue has taken its messages; one that refuses (reject-publish) closes the channel, as RabbitMQ
// does, after the others have taken theirs.
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

using amqp091::ReplyCode;

namespace {

Handled check_transactional(Channel& channel) {
    if (channel.transaction() == nullptr)
        return refuse(ReplyCode::precondition_failed, "channel is not transactional");
    return {};
}

}  // namespace

Handled handle(Channel& channel, const amqp091::TxSelect&) {
    if (channel.publisher().confirms() && channel.transaction() == nullptr)
        return refuse(ReplyCode::precondition_failed, "cannot switch from confirm to tx mode");
    if (channel.transaction() == nullptr) channel.start_transaction();
    channel.send(amqp091::TxSelectOk{});
    return {};
}

Handled handle(Channel& channel, const amqp091::TxCommit&) {
    if (auto checked = check_transactional(channel); !checked) return checked;
    Transaction& transaction = *channel.transaction();
    // The window that counts confirms for a publisher counts here what the commit waits for.
    channel.publisher().start_confirms();
    for (auto& accepted : std::exchange(transaction.messages, {}))
        channel.publisher().send(std::move(accepted));
    for (const auto& pending : std::exchange(transaction.settlements, {}))
        channel.settle_now(pending.delivery, pending.settlement);
    channel.flush_settlements();
    channel.connection().await_confirms(channel, [&channel](bool all_accepted) {
        if (!all_accepted)
            return channel.raise({ReplyCode::precondition_failed, "partial tx completion", 0, 0});
        channel.send(amqp091::TxCommitOk{});
    });
    return {};
}

Handled handle(Channel& channel, const amqp091::TxRollback&) {
    if (auto checked = check_transactional(channel); !checked) return checked;
    Transaction& transaction = *channel.transaction();
    transaction.messages.clear();
    for (const auto& pending : std::exchange(transaction.settlements, {}))
        channel.restore_unacked(pending.tag, pending.delivery);
    channel.send(amqp091::TxRollbackOk{});
    return {};
}

}  // namespace warren::session
