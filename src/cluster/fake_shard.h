#pragma once
// For tests: a shard that writes down what it is to publish.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "broker/shard_services.h"

namespace warren::test {

class FakeShard final : public broker::ShardServices {
public:
    explicit FakeShard(const broker::Topology& topology) : topology_(topology) {}

    struct Published {
        QueueId queue;
        std::string body;
        broker::ConfirmTicket ticket;
    };

    Now now() const override { return time; }
    const broker::Topology& topology() const override { return topology_; }
    Prng& random() override { return random_; }
    std::size_t shard_count() const override { return 1; }
    void submit_run(broker::TopologyRun) override {}
    void send(const broker::QueueAddress&, broker::QueueCommandBody) override {}
    void publish(const broker::QueueAddress& queue, broker::MessageRef message,
                 const broker::ConfirmTicket& ticket) override {
        published.push_back({queue.queue, std::string(as_text(message->body())), ticket});
        if (on_publish) std::exchange(on_publish, nullptr)();
    }
    void reply_directly(const broker::ConsumerId&, broker::MessageRef) override {}
    void probe_reply_consumer(const broker::ConsumerId&, std::string,
                              const broker::RequestTicket&) override {}
    void publish_deduplicated(const broker::Vhost&, broker::DeduplicatedPublish message) override {
        passed.push_back(std::move(message));
    }
    void send_behind(const broker::Vhost&, const broker::QueueAddress&,
                     broker::QueueCommandBody) override {}
    void remember(const broker::ExchangeRecord&, broker::MessageRef) override {}
    void request_admission(broker::Admission, const broker::RequestTicket&) override {}
    void end_admission(broker::Admission) override {}
    bool congested() const override { return false; }
    broker::Crowding crowding_of(QueueId) const override { return broker::Crowding::none; }

    Now time;
    std::vector<Published> published;
    std::vector<broker::DeduplicatedPublish> passed;
    std::move_only_function<void()> on_publish;

private:
    const broker::Topology& topology_;
    Prng random_{1};
};

}  // namespace warren::test
