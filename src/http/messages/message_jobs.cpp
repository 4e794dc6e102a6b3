#include "http/messages/message_jobs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "broker/routing/route_message.h"
#include "cluster/shard_node.h"
#include "http/messages/redriven.h"

namespace warren::http {

namespace {

// Messages of a piece: few enough that nobody has to wait for them.
constexpr std::uint32_t piece_messages = 128;

}  // namespace

std::string_view name_of(JobKind kind) {
    switch (kind) {
        case JobKind::move:
            return "move";
        case JobKind::copy:
            return "copy";
        case JobKind::remove:
            return "delete";
        case JobKind::redrive:
            return "redrive";
    }
    return {};
}

// A job under way. Kept alive by the questions that it waits for.
class MessageJobs::Run : public std::enable_shared_from_this<MessageJobs::Run> {
public:
    Run(MessageJobs& jobs, std::shared_ptr<JobReport> report)
        : jobs_(jobs),
          shared_report_(std::move(report)),
          report_(*shared_report_),
          channel_(jobs.desk_.next_channel()) {}

    void start();
    void cancel() { cancelled_ = true; }

private:
    // What it does with a reply to a question, unless the queue has gone.
    template <typename Answer>
    void on_reply(const broker::QueueReplyBody& reply, void (Run::*go_on)(const Answer&));

    void counted(const broker::Counts& counts);
    void next_piece();
    void looked(const broker::Peeked& peeked);
    void take(std::vector<broker::MessagePlace> places);
    void taken(const broker::Taken& taken);
    // The message goes where it is to go; settles it, if it was taken, when that is known.
    void send_on(const broker::Message& message, std::optional<DeliveryIndex> taken);
    void sent(std::optional<DeliveryIndex> taken, bool accepted);
    std::vector<broker::QueueAddress> targets_of(const broker::Message& message,
                                                 broker::MessageRef& to_send);
    void end_piece();
    void end(JobReport::State state, std::string reason);

    bool takes() const {
        return report_.order.kind == JobKind::move || report_.order.kind == JobKind::redrive;
    }
    QuestionDesk& desk() { return jobs_.desk_; }

    MessageJobs& jobs_;
    const std::shared_ptr<JobReport> shared_report_;
    JobReport& report_;
    const ChannelId channel_;
    broker::PeekCursor cursor_;
    std::uint64_t to_see_ = 0;   // messages that were there at the beginning
    std::size_t under_way_ = 0;  // of the piece
    bool at_end_ = false;
    bool in_line_ = false;  // the piece stands in the line of those that came back
    bool cancelled_ = false;
};

void MessageJobs::Run::start() {
    cursor_ = report_.order.from;
    desk().ask(report_.order.address, broker::Inspect{{}, false},
               [self = shared_from_this()](const broker::QueueReplyBody& reply) {
                   self->on_reply(reply, &Run::counted);
               });
}

template <typename Answer>
void MessageJobs::Run::on_reply(const broker::QueueReplyBody& reply,
                                void (Run::*go_on)(const Answer&)) {
    const Answer* answer = nullptr;
    if constexpr (std::is_same_v<Answer, broker::Peeked>) {
        if (const auto* boxed = std::get_if<Boxed<broker::Peeked>>(&reply)) answer = &**boxed;
    } else {
        answer = std::get_if<Answer>(&reply);
    }
    if (answer == nullptr) return end(JobReport::State::failed, "the queue has been deleted");
    (this->*go_on)(*answer);
}

void MessageJobs::Run::counted(const broker::Counts& counts) {
    to_see_ = counts.ready;
    next_piece();
}

void MessageJobs::Run::next_piece() {
    if (cancelled_) return end(JobReport::State::cancelled, {});
    if (at_end_ || report_.seen >= to_see_ || report_.picked >= report_.order.most)
        return end(JobReport::State::done, {});
    const auto messages =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_messages, to_see_ - report_.seen));
    desk().ask(report_.order.address, broker::Peek{{}, cursor_, messages},
               [self = shared_from_this()](const broker::QueueReplyBody& reply) {
                   self->on_reply(reply, &Run::looked);
               });
}

void MessageJobs::Run::looked(const broker::Peeked& peeked) {
    const JobOrder& order = report_.order;
    const WallTime now = jobs_.node_.now().wall;
    cursor_ = peeked.next;
    at_end_ = peeked.at_end;
    in_line_ = !order.is_stream && cursor_.level == broker::PeekCursor::line_of_returned;
    std::vector<broker::MessagePlace> places;
    under_way_ = 1;  // until all are on their way
    for (const broker::PeekedMessage& seen : peeked.messages) {
        if (report_.seen++ < order.skip || report_.picked >= order.most ||
            !order.filter.matches(*seen.message, now))
            continue;
        ++report_.picked;
        if (order.kind == JobKind::copy)
            send_on(*seen.message, {});
        else
            places.push_back(seen.place);
    }
    if (!places.empty()) take(std::move(places));
    end_piece();
}

void MessageJobs::Run::take(std::vector<broker::MessagePlace> places) {
    ++under_way_;
    const broker::Take command{.holder = {desk().connection(), channel_, 0},
                               .auto_ack = !takes(),
                               .places = std::move(places),
                               .ticket = {}};
    desk().ask(report_.order.address, command,
               [self = shared_from_this()](const broker::QueueReplyBody& reply) {
                   self->on_reply(reply, &Run::taken);
               });
}

void MessageJobs::Run::taken(const broker::Taken& taken) {
    // Those that stood before the next one of the line are not there any more.
    if (in_line_) cursor_.seen -= std::min<std::uint64_t>(cursor_.seen, taken.deliveries.size());
    if (!takes()) report_.done += taken.deliveries.size();
    if (takes())
        for (const broker::Delivery& delivery : taken.deliveries)
            send_on(*delivery.message, delivery.index);
    end_piece();
}

std::vector<broker::QueueAddress> MessageJobs::Run::targets_of(const broker::Message& message,
                                                               broker::MessageRef& to_send) {
    const JobOrder& order = report_.order;
    const auto* vhost = jobs_.node_.topology().find_vhost(order.vhost);
    if (vhost == nullptr) return {};
    const auto into = [&](std::string_view name) -> std::vector<broker::QueueAddress> {
        const auto* queue = vhost->find_queue(name);
        if (queue == nullptr || queue->is_delay_queue()) return {};
        return {{queue->id(), queue->shard}};
    };
    if (order.kind == JobKind::redrive) {
        auto back = redriven(message);
        if (!back) return {};
        to_send = std::move(back->message);
        return into(back->queue);
    }
    const std::string_view exchange =
        order.to_exchange ? std::string_view(*order.to_exchange) : message.exchange();
    const std::string_view key =
        order.to_key ? std::string_view(*order.to_key) : message.routing_key();
    to_send = message.with_envelope(exchange, key, message.header(), message.traits());
    if (!order.to_exchange) return into(order.to_queue);
    const auto* found = vhost->find_exchange(*order.to_exchange);
    if (found == nullptr) return {};
    broker::Route route;
    broker::route_message(jobs_.node_.topology(), *found, *to_send, broker::extra_keys_of(*to_send),
                          jobs_.node_.random(), route);
    std::vector<broker::QueueAddress> queues;
    for (const auto* queue : route.queues())
        queues.push_back({queue->id(), queue->shard});
    return queues;
}

void MessageJobs::Run::send_on(const broker::Message& message, std::optional<DeliveryIndex> taken) {
    ++under_way_;
    broker::MessageRef to_send;
    const auto queues = targets_of(message, to_send);
    if (queues.empty()) return sent(taken, false);
    desk().publish(queues, std::move(to_send), [self = shared_from_this(), taken](bool accepted) {
        self->sent(taken, accepted);
    });
}

void MessageJobs::Run::sent(std::optional<DeliveryIndex> taken, bool accepted) {
    ++(accepted ? report_.done : report_.left);
    if (taken)
        desk().send(report_.order.address, broker::Settle{*taken, *taken,
                                                          accepted ? broker::Settlement::ack
                                                                   : broker::Settlement::requeue});
    end_piece();
}

// Each part of the piece ends here; the last one begins the next piece.
void MessageJobs::Run::end_piece() {
    if (report_.state != JobReport::State::running) return;
    if (--under_way_ == 0) next_piece();
}

void MessageJobs::Run::end(JobReport::State state, std::string reason) {
    report_.state = state;
    report_.reason = std::move(reason);
    report_.ended = jobs_.node_.now().wall;
    if (takes()) desk().send(report_.order.address, broker::Release{desk().connection(), channel_});
    jobs_.ended(report_.id);
}

MessageJobs::~MessageJobs() = default;

const JobReport& MessageJobs::start(JobOrder order) {
    ENSURE(!is_full());
    auto report = std::make_shared<JobReport>();
    report->id = ++last_id_;
    report->order = std::move(order);
    report->begun = node_.now().wall;
    reports_.emplace(report->id, report);
    const auto run = std::make_shared<Run>(*this, report);
    runs_.emplace(report->id, run);
    run->start();
    return *report;
}

const JobReport* MessageJobs::find(std::uint64_t id) const {
    const auto found = reports_.find(id);
    return found == reports_.end() ? nullptr : found->second.get();
}

bool MessageJobs::cancel(std::uint64_t id) {
    const auto found = runs_.find(id);
    if (found != runs_.end()) found->second->cancel();
    return found != runs_.end();
}

// Its run lives until the question has been answered that has ended it.
void MessageJobs::ended(std::uint64_t id) {
    runs_.erase(id);
    auto oldest = reports_.begin();
    for (std::size_t kept = reports_.size() - runs_.size(); kept > ended_jobs_kept;) {
        if (oldest->second->state == JobReport::State::running || oldest->first == id) {
            ++oldest;
            continue;
        }
        oldest = reports_.erase(oldest);
        --kept;
    }
}

}  // namespace warren::http
