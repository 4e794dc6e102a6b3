#include "cluster/outbox.h"

#include <gtest/gtest.h>

#include "amqp091/content_header.h"

namespace warren::cluster {
namespace {

using broker::ConfirmTicket;

constexpr QueueId logs{7};
constexpr QueueId audit{8};

broker::MessageRef message(std::string_view body) {
    const std::string header = amqp091::HeaderEdit().encode(body.size());
    return broker::Message::make("", "key", as_bytes(header), as_bytes(body), {});
}

ConfirmTicket ticket(std::uint16_t channel, std::uint64_t sequence) {
    return {ConnectionId{42}, ChannelId{channel}, sequence};
}

std::string text_of(const broker::Message& message) {
    return std::string(as_text(message.body()));
}

// "queue channel: body/sequence ..." of each message, runs and single ones alike.
std::vector<std::string> shape_of(Outbox& outbox) {
    std::vector<std::string> shape;
    for (const ShardMessage& entry : outbox.batch()) {
        std::string text;
        if (const auto* run = std::get_if<PublishRun>(&entry)) {
            text = "run " + std::to_string(run->queue.value) + " " +
                   std::to_string(run->channel.value) + ":";
            for (const auto& item : run->items)
                text += " " + text_of(*item.message) + "/" + std::to_string(item.sequence);
        } else if (const auto* command = std::get_if<broker::QueueCommand>(&entry)) {
            text = "command " + std::to_string(command->queue.value);
            if (const auto* publish = std::get_if<broker::Publish>(&command->body))
                text += " " + std::to_string(publish->ticket.channel.value) + ": " +
                        text_of(*publish->message) + "/" + std::to_string(publish->ticket.sequence);
        }
        shape.push_back(text);
    }
    return shape;
}

TEST(Outbox, messages_of_one_channel_to_one_queue_become_a_run) {
    Outbox outbox;
    outbox.add_publish(logs, message("a"), ticket(1, 5));
    EXPECT_EQ(shape_of(outbox), (std::vector<std::string>{"command 7 1: a/5"}));
    outbox.add_publish(logs, message("b"), ticket(1, 6));
    outbox.add_publish(logs, message("c"), ticket(1, 7));
    EXPECT_EQ(shape_of(outbox), (std::vector<std::string>{"run 7 1: a/5 b/6 c/7"}));
    EXPECT_EQ(outbox.count(), 3u);
}

TEST(Outbox, another_queue_or_channel_ends_a_run) {
    Outbox outbox;
    outbox.add_publish(logs, message("a"), ticket(1, 1));
    outbox.add_publish(audit, message("b"), ticket(1, 2));
    outbox.add_publish(audit, message("c"), ticket(2, 1));
    outbox.add_publish(audit, message("d"), ticket(2, 2));
    outbox.add_publish(audit, message("e"), ticket(1, 3));
    outbox.add_publish(audit, message("f"), ConfirmTicket{});
    EXPECT_EQ(shape_of(outbox),
              (std::vector<std::string>{"command 7 1: a/1", "command 8 1: b/2", "run 8 2: c/1 d/2",
                                        "command 8 1: e/3", "command 8 0: f/0"}));
    EXPECT_EQ(outbox.count(), 6u);
}

TEST(Outbox, what_is_sent_between_stays_between) {
    Outbox outbox;
    outbox.add_publish(logs, message("a"), {});
    outbox.add_publish(logs, message("b"), {});
    outbox.add(broker::QueueCommand{logs, broker::Cancel{}});
    outbox.add_publish(logs, message("c"), {});
    EXPECT_EQ(shape_of(outbox),
              (std::vector<std::string>{"run 7 0: a/0 b/0", "command 7", "command 7 0: c/0"}));
}

}  // namespace
}  // namespace warren::cluster
