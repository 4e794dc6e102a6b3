#pragma once
// What the HTTP API has asked of the shards and awaits: remembers for each question how to go on
// with its answer. To the shards it is a session whose connection has the number connection().
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "auth/user_commands.h"
#include "base/ids.h"
#include "broker/shard_services.h"
#include "broker/topology/records.h"
#include "cluster/metadata_command.h"
#include "http/http_traffic.h"

namespace warren::cluster {
class ShardNode;
}

namespace warren::http {

class QuestionDesk final : public broker::SessionEvents {
public:
    template <typename Answer>
    using Then = std::move_only_function<void(Answer)>;

    // Before any question; the node outlives the desk.
    void attach(cluster::ShardNode& node) { node_ = &node; }
    ConnectionId connection() const;

    // Changes that are submitted from now on are this one's; so are those that are submitted when
    // what is asked now has been answered. Returns whose they were before.
    broker::ActorRef act_for(broker::ActorRef actor) {
        return std::exchange(actor_, std::move(actor));
    }
    void submit(broker::TopologyCommandBody command, Then<broker::TopologyOutcome> then);
    void submit_user(auth::UserCommand command, Then<broker::TopologyOutcome> then);
    // Many changes in this order; goes on when all are in force and safe. One that is refused ends
    // it: those before it are made, those behind it are not. A node that dies before all of them
    // are safe has made none.
    struct RefusedChange {
        std::size_t place = 0;
        std::string text;
    };
    void submit_all(std::vector<cluster::MetadataCommand> changes,
                    Then<Result<void, RefusedChange>> then);
    // The same for changes that depend on what there is: `prepare` is called when everything asked
    // for before is made, and no other change is made between it and what it returns. Nothing: none
    // are to be made, and `then` is not called.
    using Prepare = std::move_only_function<std::optional<std::vector<cluster::MetadataCommand>>()>;
    void submit_undisturbed(Prepare prepare, Then<Result<void, RefusedChange>> then);
    // `command` is one with a ticket, which is filled in.
    template <typename Command>
    void ask(const broker::QueueAddress& queue, Command command,
             Then<broker::QueueReplyBody> then) {
        command.ticket = expect(std::move(then));
        send(queue, std::move(command));
    }
    void send(const broker::QueueAddress& queue, broker::QueueCommandBody command);
    // Goes on once all queues have taken (true) or refused the message.
    void publish(const std::vector<broker::QueueAddress>& queues, broker::MessageRef message,
                 Then<bool> then);
    // Through exchanges that know duplicates; goes on with whether it was routed anywhere.
    void publish_deduplicated(const broker::ExchangeRecord& exchange, broker::MessageRef message,
                              Then<bool> then);
    // What a queue delivers, without acknowledgement. Who takes it sends the queue its Credit.
    struct Reader {
        std::move_only_function<void(std::span<broker::Delivery>)> deliver;
        // The queue has been deleted; nothing comes any more.
        std::move_only_function<void()> gone;
    };
    broker::ConsumerId consume(const broker::QueueAddress& queue, Reader reader);
    // Neither of its functions is called any more.
    void stop_consuming(const broker::QueueAddress& queue, const broker::ConsumerId& consumer);
    // Who publishes and gets for a client says so here.
    HttpTraffic& traffic() { return traffic_; }
    // A channel number that no question under way and no reader has.
    ChannelId next_channel();

private:
    using Continuation = std::variant<Then<broker::TopologyOutcome>, Then<broker::QueueReplyBody>>;
    struct Awaited {
        Continuation then;
        broker::ActorRef actor;
    };
    struct Publishing {
        std::size_t queues_left = 0;
        bool accepted = true;
        Then<bool> then;
    };

    struct ChangeList;

    broker::RequestTicket expect(Continuation then);
    cluster::MetadataRun run_of(std::vector<cluster::MetadataCommand> changes,
                                Then<Result<void, RefusedChange>> then);
    void note_answer(const std::shared_ptr<ChangeList>& list, std::size_t place,
                     const broker::TopologyOutcome& outcome);
    template <typename Answer>
    void go_on(const broker::RequestTicket& ticket, Answer answer);

    void reader_gone(const broker::ConsumerId& consumer);
    void on_deliver(const broker::ConsumerId& consumer,
                    std::span<broker::Delivery> deliveries) override;
    void on_event(broker::QueueEvent event) override;
    void on_direct_reply(const broker::ConsumerId&, const broker::MessageRef&) override {}
    void on_unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                       const broker::MessageRef& message) override;
    bool has_reply_consumer(const broker::ConsumerId&, std::string_view) override { return false; }
    void on_topology_outcome(const broker::RequestTicket& ticket,
                             broker::TopologyOutcome outcome) override;
    void on_admission(const broker::RequestTicket&, broker::AdmissionOutcome) override {}

    cluster::ShardNode* node_ = nullptr;
    broker::ActorRef actor_;
    HttpTraffic traffic_;
    std::unordered_map<std::uint32_t, Awaited> awaited_;        // by ticket number
    std::unordered_map<std::uint64_t, Publishing> publishing_;  // by sequence
    std::unordered_map<std::uint16_t, Reader> readers_;         // by channel
    std::uint32_t last_ticket_ = 0;
    std::uint64_t last_sequence_ = 0;
    std::uint16_t last_channel_ = 0;
};

}  // namespace warren::http
