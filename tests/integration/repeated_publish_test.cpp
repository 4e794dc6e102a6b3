// Publishes that repeat the last one are taken without being taken apart: nothing else may show it.
#include <gtest/gtest.h>

#include "tests/integration/publisher_and_consumer.h"

namespace warren::test {
namespace {

using namespace amqp091;

struct Sent {
    std::string body;
    std::string key = "q";
    std::string message_id = "";
    bool mandatory = false;
};

std::string frames_of(const Sent& sent) {
    HeaderEdit header;
    header.set_delivery_mode(2);
    if (!sent.message_id.empty()) header.set_text(Property::message_id, sent.message_id);
    return publish_frames({.routing_key = sent.key, .mandatory = sent.mandatory}, sent.body,
                          header);
}

class RepeatedPublish : public PublisherAndConsumer {
protected:
    void SetUp() override {
        PublisherAndConsumer::SetUp();
        // From the third on they are repeats.
        publish({{"learn"}, {"learn"}, {"learn"}});
        for (int i = 0; i < 3; ++i)
            expect_delivery("learn");
    }
    // In one write.
    void publish(const std::vector<Sent>& messages) {
        std::string frames;
        for (const Sent& sent : messages)
            frames += frames_of(sent);
        publisher.write(frames);
    }
};

TEST_P(RepeatedPublish, others_among_them_keep_their_place) {
    declare("other");
    publish({{"1"},
             {"2"},
             {"", "q"},
             {"3", "q", "an id"},
             {"lost", "other"},
             {"4"},
             {"5"},
             {std::string(5000, 'x')},
             {"6"}});
    for (const std::string body : {"1", "2", "", "3", "4", "5"})
        expect_delivery(body);
    expect_delivery(std::string(5000, 'x'));
    expect_delivery("6");
    EXPECT_TRUE(consumer.idle());
}

TEST_P(RepeatedPublish, properties_are_those_of_each_message) {
    publish({{"1", "q", "first"},
             {"2", "q", "first"},
             {"3", "q", "first"},
             {"4", "q", "other"},
             {"5"}});
    for (const std::string expected : {"first", "first", "first", "other", ""}) {
        consumer.expect<BasicDeliver>();
        const ReceivedFrame header = consumer.receive();
        EXPECT_EQ(ContentHeader::decode(as_bytes(header.payload))->message_id(), expected);
        consumer.receive();
    }
}

TEST_P(RepeatedPublish, input_cut_at_every_byte_means_the_same) {
    const std::string frames = frames_of({"hello"}) + frames_of({"again"});
    for (std::size_t cut = 0; cut <= frames.size(); ++cut) {
        publisher.write(std::string_view(frames).substr(0, cut));
        publisher.write(std::string_view(frames).substr(cut));
        expect_delivery("hello");
        expect_delivery("again");
    }
}

TEST_P(RepeatedPublish, confirms_count_all_of_them) {
    publisher.send(ConfirmSelect{});
    publisher.expect<ConfirmSelectOk>();
    publish({{"1"}, {"2"}, {"3"}, {"4"}});
    BasicAck ack;
    while (ack.delivery_tag < 4)
        ack = publisher.expect<BasicAck>();
    EXPECT_EQ(ack.delivery_tag, 4u);
    EXPECT_TRUE(publisher.idle());
}

TEST_P(RepeatedPublish, a_transaction_holds_them_back) {
    publisher.send(TxSelect{});
    publisher.expect<TxSelectOk>();
    publish({{"1"}, {"2"}, {"3"}});
    EXPECT_TRUE(consumer.idle());
    publisher.send(TxCommit{});
    publisher.expect<TxCommitOk>();
    for (const std::string body : {"1", "2", "3"})
        expect_delivery(body);
}

TEST_P(RepeatedPublish, a_queue_that_goes_is_noticed) {
    publish({{"1", "q", "", true}, {"2", "q", "", true}, {"3", "q", "", true}});
    for (const std::string body : {"1", "2", "3"})
        expect_delivery(body);
    consumer.send(QueueDelete{.queue = "q"});
    consumer.expect<QueueDeleteOk>();
    publish({{"4", "q", "", true}, {"5", "q", "", true}});
    for (const std::string body : {"4", "5"}) {
        EXPECT_EQ(publisher.expect<BasicReturn>().reply_code, 312);
        EXPECT_EQ(publisher.expect_body(), body);
    }
}

TEST_P(RepeatedPublish, a_closed_channel_takes_none) {
    publisher.send(QueueDeclare{.queue = "nowhere", .passive = true, .arguments = {}});
    EXPECT_EQ(publisher.expect<ChannelClose>().reply_code, 404);
    publish({{"1"}, {"2"}});
    EXPECT_TRUE(consumer.idle());
    publisher.send(ChannelCloseOk{});
    publisher.send(ChannelOpen{});
    publisher.expect<ChannelOpenOk>();
    publish({{"3"}});
    expect_delivery("3");
}

TEST_P(RepeatedPublish, a_broken_frame_among_them_closes_the_connection) {
    std::string broken = frames_of({"2"});
    broken.back() = 'x';
    publisher.write(frames_of({"1"}) + broken + frames_of({"3"}));
    expect_delivery("1");
    EXPECT_EQ(publisher.expect<ConnectionClose>().reply_code, 501);
    EXPECT_TRUE(consumer.idle());
}

INSTANTIATE_TEST_SUITE_P(Shards, RepeatedPublish, ::testing::Values(1, 3));

}  // namespace
}  // namespace warren::test
