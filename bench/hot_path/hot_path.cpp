#include "bench/hot_path/hot_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "amqp091/content_header.h"
#include "amqp091/field_table.h"
#include "amqp091/methods.h"
#include "bench/hot_path/wire_client.h"
#include "binding_plan.h"
#include "spread.h"
#include "storage/file_io.h"

namespace warren::bench {

using namespace amqp091;

namespace {

// What a socket read brings: about 32 KiB, at most so many messages.
constexpr std::size_t read_bytes = 32u << 10;
constexpr std::size_t read_messages_max = 250;
constexpr std::uint16_t prefetch = 1000;

std::string queue_name(std::size_t index) {
    return fmt::format("hot-path-{}", index);
}

std::string_view exchange_name(const HotPath& path) {
    return path.bindings != 0 ? "amq.topic" : path.queues > 1 ? "amq.fanout" : "";
}

std::string publish_frames(const HotPath& path, std::uint64_t message) {
    const std::string body(path.body_bytes, 'x');
    HeaderEdit header;
    if (path.durable) header.set_delivery_mode(2);
    const loadgen::Spread spread(path.bindings, 1);
    const std::string key =
        path.bindings == 0
            ? queue_name(0)
            : loadgen::BindingPlan(path.bindings).key(spread.destination_of(message));
    std::string frames;
    append_method(frames, {1}, BasicPublish{.exchange = exchange_name(path), .routing_key = key});
    append_content_header(frames, {1}, as_bytes(header.encode(body.size())));
    append_body(frames, {1}, as_bytes(body), limits::frame_bytes_default);
    return frames;
}

// Reads one queue and acknowledges. Deliveries are of one length, so that bytes are counted and
// not frames.
class Reader {
public:
    Reader(test::TestNode& node, const HotPath& path, const std::string& queue)
        : client_(node, node.shard_count() - 1), ack_every_(path.ack_every) {
        if (ack_every_ != 0) client_.send(BasicQos{.prefetch_count = prefetch});
        client_.send(BasicConsume{
            .queue = queue, .consumer_tag = "c", .no_ack = ack_every_ == 0, .arguments = {}});
        client_.take_output();
    }
    // After the first message of all.
    void learn_length() {
        delivery_bytes_ = client_.take_output();
        ++delivered_;
    }
    void read() {
        bytes_ += client_.take_output();
        if (delivery_bytes_ == 0) return;
        delivered_ += bytes_ / delivery_bytes_;
        bytes_ %= delivery_bytes_;
        while (ack_every_ != 0 && delivered_ - acknowledged_ >= ack_every_) {
            acknowledged_ += ack_every_;
            client_.send(BasicAck{acknowledged_, true});
        }
    }
    std::uint64_t delivered() const { return delivered_; }

private:
    WireClient client_;
    std::uint32_t ack_every_;
    std::uint64_t delivered_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::size_t delivery_bytes_ = 0;
    std::size_t bytes_ = 0;
};

// Of so many messages each; all keys are in one of them.
std::vector<std::string> lay_out_reads(const HotPath& path, std::size_t batch) {
    std::vector<std::string> reads(std::max<std::size_t>(1, path.bindings / batch));
    std::uint64_t message = 0;
    for (std::string& read : reads)
        for (std::size_t count = 0; count < batch; ++count)
            read += publish_frames(path, message++);
    return reads;
}

void declare(WireClient& client, const HotPath& path) {
    FieldTable arguments;
    if (!path.queue_type.empty()) arguments.set("x-queue-type", path.queue_type);
    const std::string table = arguments.encode();
    for (std::size_t index = 0; index < path.queues; ++index) {
        const std::string name = queue_name(index);
        client.send(QueueDeclare{.queue = name,
                                 .durable = path.durable,
                                 .arguments = TableView::of_checked(as_bytes(table))});
        if (path.queues > 1)
            client.send(QueueBind{
                .queue = name, .exchange = "amq.fanout", .routing_key = "", .arguments = {}});
    }
    for (unsigned index = 0; index < path.bindings; ++index) {
        const std::string pattern = loadgen::BindingPlan(path.bindings).pattern(index);
        client.send(QueueBind{.queue = queue_name(0),
                              .exchange = "amq.topic",
                              .routing_key = pattern,
                              .arguments = {}});
    }
    if (path.confirms) client.send(ConfirmSelect{});
    client.take_output();
}

}  // namespace

const std::vector<HotPath>& hot_paths() {
    static const std::vector<HotPath> paths{
        {.name = "16b-auto-ack"},
        {.name = "1000b-auto-ack", .body_bytes = 1000},
        {.name = "100b-acks", .body_bytes = 100, .ack_every = 100},
        {.name = "1kb-confirmed",
         .body_bytes = 1000,
         .durable = true,
         .confirms = true,
         .ack_every = 100},
        {.name = "1kb-quorum",
         .body_bytes = 1000,
         .queue_type = "quorum",
         .durable = true,
         .confirms = true,
         .ack_every = 100},
        {.name = "16b-publish", .consumed = false},
        {.name = "16b-fan-out", .queues = 10},
        {.name = "64kb-auto-ack", .body_bytes = 65'536},
        {.name = "16b-topic-keys", .bindings = 1000},
    };
    return paths;
}

std::string run(const HotPath& path, std::uint64_t messages, const std::string& folder) {
    const test::TestStorage storage{storage::system_files(), folder};
    test::TestNode node(2, &storage);
    WireClient publisher(node, 0);
    declare(publisher, path);
    std::vector<std::unique_ptr<Reader>> readers;
    if (path.consumed)
        for (std::size_t index = 0; index < path.queues; ++index)
            readers.push_back(std::make_unique<Reader>(node, path, queue_name(index)));
    const std::string one = publish_frames(path, 0);
    const std::size_t batch =
        std::clamp(read_bytes / one.size(), std::size_t{1}, read_messages_max);
    const std::vector<std::string> reads = lay_out_reads(path, batch);
    if (!publisher.write(one)) return "the broker does not take a message";
    for (const auto& reader : readers)
        reader->learn_length();
    std::uint64_t sent = 1;
    for (std::size_t read = 0; sent < messages; sent += batch, ++read) {
        if (!publisher.write(reads[read % reads.size()]))
            return fmt::format("the broker stopped after {}", sent);
        publisher.take_output();
        for (const auto& reader : readers)
            reader->read();
    }
    for (const auto& reader : readers) {
        reader->read();
        if (reader->delivered() != sent)
            return fmt::format("{} of {} messages came", reader->delivered(), sent);
    }
    return {};
}

}  // namespace warren::bench
