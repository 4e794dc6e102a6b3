// Questions whose answers come later, from other shards or at the end of the turn; one at a time,
// and no input is read meanwhile.
#include "base/ensure.h"
#include "base/log.h"
#include "session/channel.h"
#include "session/connection.h"

namespace warren::session {

// ------------------------------------------------------------------------------------------

broker::RequestTicket Connection::await(Waiting then) {
    ENSURE(!waiting());
    waiting_ = std::move(then);
    return {id_, ++ticket_};
}

void Connection::submit(broker::TopologyCommandBody command, bool nowait,
                        TopologyContinuation then) {
    const auto ticket = await(std::move(then));
    shard().submit({std::move(command)}, ticket,
                   nowait ? broker::AnswerWhen::in_force : broker::AnswerWhen::safe);
}

void Connection::ask_reply_consumer(const broker::ConsumerId& consumer, std::string address,
                                    QueueContinuation then) {
    const auto ticket = await(std::move(then));
    shard().probe_reply_consumer(consumer, std::move(address), ticket);
}

void Connection::request_admission(ChannelId channel, AdmissionContinuation then) {
    const auto ticket = await(std::move(then));
    shard().request_admission({id_, channel, identity().username, handshake_.vhost()}, ticket);
}

template <typename Continuation, typename Answer>
void Connection::answer(std::uint32_t number, Answer answer) {
    if (number != ticket_ || state_ == State::finished) return;
    const log::OriginScope origin(id_);
    auto* continuation = std::get_if<Continuation>(&waiting_);
    ENSURE(continuation != nullptr);
    Continuation then = std::move(*continuation);
    waiting_ = {};
    then(std::move(answer));
    request_attention();
}

void Connection::await_confirms(Channel& channel, ConfirmsContinuation then) {
    await(std::move(then));
    if (channel.publisher().window()->idle()) finish_commit(channel);
}

void Connection::finish_commit(Channel& channel) {
    bool all_accepted = true;
    channel.publisher().window()->drain(
        [&](std::uint64_t, bool, bool accepted) { all_accepted = all_accepted && accepted; });
    answer<ConfirmsContinuation>(ticket_, all_accepted);
}

void Connection::on_topology_outcome(std::uint32_t number, broker::TopologyOutcome outcome) {
    answer<TopologyContinuation>(number, std::move(outcome));
}

void Connection::on_queue_reply(std::uint32_t number, broker::QueueReplyBody body) {
    answer<QueueContinuation>(number, std::move(body));
}

void Connection::on_admission(std::uint32_t number, broker::AdmissionOutcome outcome) {
    answer<AdmissionContinuation>(number, std::move(outcome));
}

}  // namespace warren::session
