#pragma once
// One handler a method, each in the file of its name. A handler checks in RabbitMQ's order, acts
// and answers; what it returns is the error that closes the channel or connection. Names and tables
// borrow from the read buffer: what must outlive the call, because an answer is waited for, is
// copied.
#include "amqp091/methods.h"
#include "session/decode_and.h"

namespace warren::session {

class Channel;

Handled handle(Channel& channel, const amqp091::ChannelOpen& method);
Handled handle(Channel& channel, const amqp091::ChannelFlow& method);
Handled handle(Channel& channel, const amqp091::ChannelClose& method);
Handled handle(Channel& channel, const amqp091::AccessRequest& method);
Handled handle(Channel& channel, const amqp091::ExchangeDeclare& method);
Handled handle(Channel& channel, const amqp091::ExchangeDelete& method);
Handled handle(Channel& channel, const amqp091::ExchangeBind& method);
Handled handle(Channel& channel, const amqp091::ExchangeUnbind& method);
Handled handle(Channel& channel, const amqp091::QueueDeclare& method);
Handled handle(Channel& channel, const amqp091::QueueBind& method);
Handled handle(Channel& channel, const amqp091::QueuePurge& method);
Handled handle(Channel& channel, const amqp091::QueueDelete& method);
Handled handle(Channel& channel, const amqp091::QueueUnbind& method);
Handled handle(Channel& channel, const amqp091::BasicQos& method);
Handled handle(Channel& channel, const amqp091::BasicConsume& method);
Handled handle(Channel& channel, const amqp091::BasicCancel& method);
Handled handle(Channel& channel, const amqp091::BasicPublish& method);
Handled handle(Channel& channel, const amqp091::BasicGet& method);
Handled handle(Channel& channel, const amqp091::BasicAck& method);
Handled handle(Channel& channel, const amqp091::BasicReject& method);
Handled handle(Channel& channel, const amqp091::BasicRecoverAsync& method);
Handled handle(Channel& channel, const amqp091::BasicRecover& method);
Handled handle(Channel& channel, const amqp091::BasicNack& method);
Handled handle(Channel& channel, const amqp091::ConfirmSelect& method);
Handled handle(Channel& channel, const amqp091::TxSelect& method);
Handled handle(Channel& channel, const amqp091::TxCommit& method);
Handled handle(Channel& channel, const amqp091::TxRollback& method);

}  // namespace warren::session
