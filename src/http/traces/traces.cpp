#include "http/traces/traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/log.h"
#include "broker/topology/topology.h"
#include "broker/trace/trace.h"
#include "cluster/shard_node.h"
#include "session/direct_reply.h"

namespace warren::http {

namespace {

// A queue of a trace holds so much before its oldest messages go.
constexpr std::int64_t waiting_bytes_max = 64 << 20;

}  // namespace

bool is_trace_name(std::string_view name) {
    constexpr std::size_t bytes_max = 200;
    return !name.empty() && name.size() <= bytes_max && name != "." && name != ".." &&
           std::ranges::none_of(name, [](unsigned char letter) {
               constexpr unsigned char first_printable = 0x20;
               return letter == '/' || letter == '\\' || letter < first_printable;
           });
}

// One trace, from its order to its last entry. Its parts are asked for one after the other; each
// answer finds it, even if it has been stopped meanwhile.
class Traces::Trace : public std::enable_shared_from_this<Trace> {
public:
    Trace(Traces& traces, TraceOrder order) : traces_(traces), shown_{std::move(order), {}} {}

    const Shown& shown() const { return shown_; }

    void start(Started then) {
        started_ = std::move(then);
        desk().submit(broker::TraceVhost{order().vhost, true}, next(&Trace::declare_queue));
    }
    // Nothing more is taken; what has come is written.
    void stop(Stopped then) {
        ended_ = true;
        if (consumer_) desk().stop_consuming(address_, *consumer_);
        delete_queue(std::move(then));
        if (auto started = std::exchange(started_, nullptr))
            started(fail(std::string("the trace has been stopped")));
    }

private:
    const TraceOrder& order() const { return shown_.order; }
    QuestionDesk& desk() { return traces_.desk_; }

    using Step = void (Trace::*)();
    QuestionDesk::Then<broker::TopologyOutcome> next(Step step) {
        return [self = shared_from_this(), step](const broker::TopologyOutcome& outcome) {
            if (!outcome) return self->fail_with(outcome.error().text);
            // What was under way when it ended has come about.
            if (self->ended_) return self->delete_queue([] {});
            std::invoke(step, *self);
        };
    }
    const broker::QueueRecord* find_queue() const {
        const auto* vhost = traces_.node_.topology().find_vhost(order().vhost);
        return vhost == nullptr ? nullptr : vhost->find_queue(shown_.queue);
    }
    void delete_queue(Stopped then) {
        const auto* queue = find_queue();
        if (queue == nullptr) return then();
        desk().submit(broker::DeleteQueue{queue->id()},
                      [then = std::move(then)](const auto&) mutable { then(); });
    }
    void declare_queue() {
        shown_.queue = "amq.gen-" + session::random_name_part();
        broker::DeclareQueue queue;
        queue.vhost = order().vhost;
        queue.name = shown_.queue;
        queue.owner = desk().connection();
        queue.arguments.add("x-max-length-bytes", waiting_bytes_max);
        queue.arguments.add("x-queue-type", "classic");
        queue.user = order().username;
        const std::size_t shards = traces_.node_.shard_count();
        queue.shard = {static_cast<std::uint16_t>(std::hash<std::string>{}(queue.name) % shards)};
        desk().submit(std::move(queue), next(&Trace::bind_queue));
    }
    void bind_queue() {
        const auto* queue = find_queue();
        if (queue == nullptr) return fail_with("the virtual host has been deleted");
        address_ = {queue->id(), queue->shard};
        broker::Bind binding;
        binding.vhost = order().vhost;
        binding.source = broker::trace_exchange;
        binding.destination = shown_.queue;
        binding.routing_key = order().pattern;
        binding.connection = desk().connection();
        desk().submit(std::move(binding), next(&Trace::consume));
    }
    void consume() {
        consumer_ = desk().consume(
            address_,
            {.deliver = [self = shared_from_this()](
                            std::span<broker::Delivery> deliveries) { self->take(deliveries); },
             .gone = [self =
                          shared_from_this()] { self->fail_with("its queue has been deleted"); }});
        if (auto then = std::exchange(started_, nullptr)) then({});
    }

    void take(std::span<broker::Delivery> deliveries) {
        const WallTime now = traces_.node_.now().wall;
        for (const broker::Delivery& delivery : deliveries) {
            gathered_ += trace_entry(*delivery.message, order().form, now);
            ++gathered_messages_;
            gathered_bytes_ += static_cast<std::uint32_t>(
                std::min<std::uint64_t>(delivery.message->body_bytes(), UINT32_MAX / 2));
        }
        if (!writes_) write();
    }
    // What comes meanwhile goes with the next piece; the queue sends no more than it has credit.
    void write() {
        writes_ = !gathered_.empty();
        if (!writes_) return;
        const broker::Credit credit{*consumer_, std::exchange(gathered_messages_, 0),
                                    std::exchange(gathered_bytes_, 0)};
        traces_.files_.append(order().name + ".log", std::exchange(gathered_, {}),
                              [self = shared_from_this(), credit](TraceFiles::Appended appended) {
                                  self->written(std::move(appended), credit);
                              });
    }
    void written(const TraceFiles::Appended& appended, const broker::Credit& credit) {
        if (!appended) {
            gathered_.clear();
            writes_ = false;
            return fail_with(appended.error());
        }
        if (!ended_) desk().send(address_, credit);
        write();
        if (*appended >= file_bytes_max) fail_with(fmt::format("its file has {} bytes", *appended));
    }

    // It ends by itself.
    void fail_with(const std::string& why) {
        if (ended_) return;
        log::warning(log::general, "the trace '{}' of vhost '{}' has ended: {}", order().name,
                     order().vhost, why);
        const auto self = shared_from_this();
        auto then = std::exchange(started_, nullptr);
        traces_.stop(order().vhost, order().name, [] {});
        if (then) then(fail(std::string(why)));
    }

    Traces& traces_;
    Shown shown_;
    Started started_;  // until messages come
    broker::QueueAddress address_{};
    std::optional<broker::ConsumerId> consumer_;
    bool ended_ = false;
    bool writes_ = false;
    std::string gathered_;  // not yet written
    std::uint32_t gathered_messages_ = 0;
    std::uint32_t gathered_bytes_ = 0;
};

Traces::~Traces() = default;

void Traces::start(TraceOrder order, Started then) {
    const Name name{order.vhost, order.name};
    if (traces_.contains(name)) return then(fail(std::string("there is a trace of this name")));
    const auto* vhost = node_.topology().find_vhost(order.vhost);
    was_traced_.try_emplace(
        order.vhost, vhost != nullptr && vhost->is_traced && !switched_off_.contains(order.vhost));
    const auto trace = std::make_shared<Trace>(*this, std::move(order));
    traces_.emplace(name, trace);
    trace->start(std::move(then));
}

bool Traces::stop(const std::string& vhost, const std::string& name, Stopped then) {
    const auto found = traces_.extract(Name{vhost, name});
    if (found.empty()) return false;
    // The name may be a part of what goes.
    found.mapped()->stop([this, of_vhost = found.key().first, then = std::move(then)]() mutable {
        end_tracing(of_vhost, std::move(then));
    });
    return true;
}

void Traces::stop_all() {
    while (!traces_.empty()) {
        const Name name = traces_.begin()->first;
        stop(name.first, name.second, [] {});
    }
}

std::map<Traces::Name, Traces::Shown> Traces::all() const {
    std::map<Name, Shown> all;
    for (const auto& [name, trace] : traces_)
        all.emplace(name, trace->shown());
    return all;
}

void Traces::end_tracing(const std::string& vhost, Stopped then) {
    const auto has_more =
        std::ranges::any_of(traces_, [&](const auto& trace) { return trace.first.first == vhost; });
    if (has_more) return then();
    const auto was_traced = was_traced_.extract(vhost);
    const bool stays = was_traced.empty() || was_traced.mapped();
    if (stays || node_.topology().find_vhost(vhost) == nullptr) return then();
    ++switched_off_[vhost];
    desk_.submit(broker::TraceVhost{vhost, false},
                 [this, vhost, then = std::move(then)](const auto&) mutable {
                     if (--switched_off_[vhost] == 0) switched_off_.erase(vhost);
                     then();
                 });
}

}  // namespace warren::http
