#pragma once
// What a channel has published and been given so far: exchange by exchange, and from there queue by
// queue. What it counts, its shard counts at the same time. Most channels do only one of the two,
// and many neither: what they do not count takes no memory.
//
// Bounded: a channel tells 256 exchanges apart, and 1,024 queues of each and that it is given
// messages from; what is beyond goes into one sum.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.h"
#include "broker/queue/queue_type.h"
#include "broker/shard_services.h"
#include "session/by_queue.h"
#include "session/exchange_traffic.h"
#include "session/session_reports.h"
#include "session/session_traffic.h"

namespace warren::session {

struct SessionContext;

class ChannelTraffic {
public:
    // Outlives it.
    explicit ChannelTraffic(const SessionContext& context);
    ChannelTraffic(const ChannelTraffic&) = delete;
    ChannelTraffic& operator=(const ChannelTraffic&) = delete;
    ~ChannelTraffic();

    // So many messages have come for the exchange, and each goes to these queues. Null: the
    // exchange has gone.
    void count_published(const broker::ExchangeRecord* exchange, std::uint64_t messages,
                         std::span<const broker::QueueAddress> queues, bool with_confirms) {
        if (last_ == nullptr || last_->exchange != id_of(exchange)) [[unlikely]]
            turn_to(exchange);
        const std::uint64_t copies = messages * queues.size();
        for (PublishCounters* sum : {&last_->counters, last_->of_exchange, &shard_.published}) {
            sum->received += messages;
            sum->copies += copies;
            if (with_confirms) sum->received_confirm += messages;
        }
        for (const auto& queue : queues) {
            Way* way = last_->ways.find(queue.queue);
            if (way == nullptr) [[unlikely]] {
                add_way(*last_, queue.queue, messages);
                continue;
            }
            way->copies += messages;
            *way->of_shard += messages;
        }
    }
    // Of one of them.
    void count(const broker::ExchangeRecord* exchange, std::uint64_t PublishCounters::* what);
    // Confirms do not say what they are of. It is told from the numbers that wait, and is right
    // whenever none does.
    void count_confirmed(std::uint64_t messages);
    void count_delivered(QueueId queue, broker::QueueType type,
                         std::uint64_t DeliveryCounters::* what, std::uint64_t messages,
                         std::uint64_t redelivered = 0);

    bool has_published() const { return counts_ != nullptr && counts_->published; }
    void report(ChannelReport& report, Details details) const;

private:
    // From an exchange to a queue.
    struct Way {
        std::uint64_t copies = 0;
        std::shared_ptr<std::uint64_t> of_shard;
    };
    struct Flow {
        broker::ExchangeId exchange;  // 0: of all that are not told apart
        PublishCounters counters;
        PublishCounters* of_exchange = nullptr;  // in of_shard
        std::shared_ptr<ExchangeTraffic> of_shard;
        ByQueue<Way> ways;
        std::size_t ways_max = 1024;
    };
    struct Counts {
        std::vector<std::unique_ptr<Flow>> flows;
        ByQueue<DeliveryCounters> delivered;
        DeliveryCounters delivered_else;
        std::size_t queues_max = 1024;
        std::size_t places = 0;  // taken in the shard's table
        bool published = false;
        bool delivers = false;
    };

    static broker::ExchangeId id_of(const broker::ExchangeRecord* exchange) {
        return exchange == nullptr ? broker::ExchangeId{} : exchange->id();
    }
    Counts& counts();
    // last_ is the flow to this exchange from now on.
    void turn_to(const broker::ExchangeRecord* exchange);
    void add_way(Flow& flow, QueueId queue, std::uint64_t messages);
    DeliveryCounters& delivered_from(QueueId queue);
    const broker::Topology& topology() const;
    bool take_place();

    const SessionContext& context_;
    SessionTraffic& shard_;
    Flow* last_ = nullptr;  // published to
    std::unique_ptr<Counts> counts_;
};

}  // namespace warren::session
