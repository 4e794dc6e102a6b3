// Questions whose answers come later, from other shards or at the end of the turn, and what may be
// asked side by side.
#include <fmt/format.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "session/channel.h"
#include "session/connection.h"
#include "session/decode_and.h"

namespace warren::session {

using amqp091::MethodId;

namespace {

// Methods that may be under way together.
enum class Run : std::uint8_t {
    none,
    // Ordered on shard 0, where one that is refused stops those of its channel behind it.
    changes,
    // By way of the queues, which do not refuse.
    deletions,
};

Run run_of(MethodId method) {
    switch (method) {
        case MethodId::exchange_declare:
        case MethodId::exchange_delete:
        case MethodId::exchange_bind:
        case MethodId::exchange_unbind:
        case MethodId::queue_declare:
        case MethodId::queue_bind:
        case MethodId::queue_unbind:
            return Run::changes;
        case MethodId::queue_delete:
            return Run::deletions;
        default:
            return Run::none;
    }
}

bool removes(const broker::TopologyCommandBody& command) {
    return std::holds_alternative<broker::Unbind>(command) ||
           std::holds_alternative<broker::DeleteExchange>(command);
}

}  // namespace

// May this be handled although answers are due? What the handler looks up is as it was before the
// run; those that could be misled by that come again.
bool Connection::may_join_run(const amqp091::FrameStep& step) const {
    if (!run_open_ || step.kind != amqp091::FrameStep::Kind::frame) return false;
    const amqp091::Frame& frame = step.frame;
    if (frame.type != amqp091::FrameType::method || frame.channel.value == 0) return false;
    const MethodId method = method_of(frame.payload);
    if (run_of(method) == Run::none || run_of(method) != run_of(asker_.method)) return false;
    if (questions_.size() >= limits::run_questions_max) return false;
    // Whether it is made anew, and with which rights then, is not known yet.
    if (method == MethodId::exchange_declare && run_removes_) return false;
    const Channel* channel = find_channel(frame.channel);
    return channel != nullptr && channel->open() && !channel->awaits_content();
}

// Handles the first frame of the input if it may be and returns its size; 0: it stays there until
// the answers have been given.
std::size_t Connection::join_run(ByteView input) {
    const amqp091::FrameStep step = reader_.next(input);
    if (!may_join_run(step)) return 0;
    joining_ = Joining::yes;
    on_frame(step.frame);
    const bool joined = std::exchange(joining_, Joining::no) == Joining::yes;
    return joined ? step.frame.total_bytes() : 0;
}

void Connection::submit(broker::TopologyCommandBody command, bool nowait,
                        TopologyContinuation then) {
    run_removes_ = run_removes_ || removes(command);
    run_.push_back({.command = {std::move(command)},
                    .ticket = await<broker::TopologyOutcome>(std::move(then)),
                    .channel = asker_.channel,
                    .when = nowait ? broker::AnswerWhen::in_force : broker::AnswerWhen::safe,
                    .actor = actor()});
}

const broker::ActorRef& Connection::actor() {
    if (actor_ == nullptr)
        actor_ = std::make_shared<const broker::Actor>(broker::Actor{
            .user = identity().username,
            .address = fmt::format("{}:{}", endpoints().peer_host, endpoints().peer_port),
            .protocol = "amqp"});
    return actor_;
}

void Connection::send_run() {
    run_removes_ = false;
    if (!run_.empty()) shard().submit_run(std::exchange(run_, {}));
}

void Connection::ask_reply_consumer(const broker::ConsumerId& consumer, std::string address,
                                    QueueContinuation then) {
    const auto ticket = await<broker::QueueReplyBody>(std::move(then));
    shard().probe_reply_consumer(consumer, std::move(address), ticket);
}

void Connection::request_admission(ChannelId channel, AdmissionContinuation then) {
    const auto ticket = await<broker::AdmissionOutcome>(std::move(then));
    shard().request_admission({id_, channel, identity().username, vhost_name()}, ticket);
}

template <typename Answer>
void Connection::answer(std::uint32_t number, Answer answer) {
    if (state_ == State::finished) return;
    const log::OriginScope origin(id_);
    questions_.answer(number, std::move(answer));
    questions_.give([this](const Asker& asker) {
        asker_ = asker;
        if (Channel* channel = find_channel(asker.channel)) channel->resume(asker.method);
    });
    request_attention();
}

void Connection::await_confirms(Channel& channel, ConfirmsContinuation then) {
    await<bool>(std::move(then));
    if (channel.publisher().window()->idle()) finish_commit(channel);
}

void Connection::finish_commit(Channel& channel) {
    bool all_accepted = true;
    channel.publisher().window()->drain(
        [&](std::uint64_t, bool, bool accepted) { all_accepted = all_accepted && accepted; });
    answer(questions_.front_number(), all_accepted);
}

void Connection::on_topology_outcome(std::uint32_t number, broker::TopologyOutcome outcome) {
    if (!outcome) questions_.forget_changes_behind(number);
    answer(number, std::move(outcome));
}

void Connection::on_queue_reply(std::uint32_t number, broker::QueueReplyBody body) {
    answer(number, std::move(body));
}

void Connection::on_admission(std::uint32_t number, broker::AdmissionOutcome outcome) {
    answer(number, std::move(outcome));
}

}  // namespace warren::session
