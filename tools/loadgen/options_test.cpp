#include "options.h"

#include <gtest/gtest.h>

#include <set>

namespace loadgen {
namespace {

std::optional<int> parse(const std::vector<const char*>& words, Options& options) {
    std::vector<std::string> texts{"loadgen"};
    texts.insert(texts.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& text : texts)
        argv.push_back(text.data());
    return parse_command_line(static_cast<int>(argv.size()), argv.data(), options);
}

TEST(apply_uri, reads_every_part_with_percent_escapes) {
    Target target;
    ASSERT_TRUE(apply_uri("amqp://us%65r:p%40ss@broker.example:5673/a%2fb?heartbeat=5", target));
    EXPECT_EQ(target.user, "user");
    EXPECT_EQ(target.password, "p@ss");
    EXPECT_EQ(target.host, "broker.example");
    EXPECT_EQ(target.port, 5673);
    EXPECT_EQ(target.vhost, "a/b");
}

TEST(apply_uri, keeps_defaults_for_what_is_missing) {
    Target target;
    ASSERT_TRUE(apply_uri("amqp://somewhere", target));
    EXPECT_EQ(target.host, "somewhere");
    EXPECT_EQ(target.port, 5672);
    EXPECT_EQ(target.user, "guest");
    EXPECT_EQ(target.vhost, "/");
}

TEST(apply_uri, refuses_what_is_no_address) {
    Target target;
    EXPECT_FALSE(apply_uri("http://a", target));
    EXPECT_FALSE(apply_uri("amqp://a:port", target));
    EXPECT_FALSE(apply_uri("amqp://a:70000", target));
    EXPECT_FALSE(apply_uri("amqp://%zz@a", target));
}

TEST(options, name_queues_by_the_pattern) {
    Options options;
    ASSERT_FALSE(parse({"--queue-pattern", "perf-%d", "--queue-pattern-from", "3", "--queues", "2",
                        "--consumers", "2"},
                       options));
    EXPECT_EQ(options.queue_name(0), "perf-3");
    EXPECT_EQ(options.queue_name(1), "perf-4");
}

TEST(options, count_the_copies_a_message_makes) {
    Options fanout;
    ASSERT_FALSE(parse(
        {"--exchange", "all", "--type", "fanout", "--queues", "10", "--consumers", "10"}, fanout));
    EXPECT_EQ(fanout.copies_of_each_message(), 10u);
    Options spread;
    ASSERT_FALSE(parse({"--exchange", "d", "--queues", "10", "--consumers", "10"}, spread));
    EXPECT_EQ(spread.copies_of_each_message(), 1u);
    Options same_key;
    ASSERT_FALSE(parse(
        {"--exchange", "d", "--routing-key", "k", "--queues", "2", "--consumers", "2"}, same_key));
    EXPECT_EQ(same_key.copies_of_each_message(), 2u);
    Options stream;
    ASSERT_FALSE(parse({"--streams", "--consumers", "3"}, stream));
    EXPECT_EQ(stream.copies_of_each_message(), 3u);
}

TEST(options, channels_reach_further_queues_only_where_producers_are_fewer_than_queues) {
    Options few;
    few.queues = 10;
    few.producers = 2;
    few.producer_channels = 5;
    std::set<unsigned> reached;
    for (unsigned producer = 0; producer < few.producers; ++producer) {
        for (unsigned channel = 0; channel < few.producer_channels; ++channel)
            reached.insert(few.queue_of_source(few.source_of(producer, channel)));
    }
    EXPECT_EQ(reached.size(), 10u);

    Options many;
    many.queues = 2;
    many.producers = 3;
    many.producer_channels = 4;
    for (unsigned channel = 0; channel < many.producer_channels; ++channel) {
        EXPECT_EQ(many.queue_of_source(many.source_of(1, channel)), 1u);
        EXPECT_EQ(many.queue_of_source(many.source_of(2, channel)), 0u);
    }
}

TEST(options, queues_of_spread_producers_have_names_of_one_length) {
    Options options;
    ASSERT_FALSE(parse({"--spread", "--queues", "1000", "--queue-pattern-from", "0"}, options));
    EXPECT_EQ(options.queue_name(7), "loadgen-007");
    EXPECT_EQ(options.queue_name(999), "loadgen-999");
    EXPECT_EQ(options.spread_over().destinations(), 1000u);
    options.spread = false;
    EXPECT_EQ(options.queue_name(7), "loadgen-7");
}

TEST(options, bindings_are_more_destinations_than_queues) {
    Options options;
    ASSERT_FALSE(parse({"--bindings", "30", "--queues", "10", "--exchange", "d"}, options));
    EXPECT_TRUE(options.spreads());
    EXPECT_EQ(options.spread_over().destinations(), 30u);
    EXPECT_EQ(options.spread_over().queue_of(0), 0u);
}

TEST(options, read_queue_arguments_of_every_type) {
    Options options;
    ASSERT_FALSE(
        parse({"--queue-args", "x-max-length=5,x-queue-type=classic", "--queue-args", "x-b=true"},
              options));
    ASSERT_EQ(options.queue_arguments.size(), 3u);
    EXPECT_EQ(options.queue_arguments[0].second, FieldValue(std::int64_t{5}));
    EXPECT_EQ(options.queue_arguments[2].second, FieldValue(true));
}

TEST(options, read_arguments_of_consumers) {
    Options options;
    ASSERT_FALSE(parse({"--consumer-args", "x-stream-offset=first"}, options));
    ASSERT_EQ(options.consumer_arguments.size(), 1u);
    EXPECT_EQ(options.consumer_arguments[0].second, FieldValue("first"));
    EXPECT_TRUE(options.queue_arguments.empty());
}

TEST(options, short_forms_stand_for_the_long_ones) {
    Options options;
    ASSERT_FALSE(parse({"--backlog", "--one-at-a-time"}, options));
    EXPECT_EQ(options.consumers, 0u);
    EXPECT_EQ(options.confirm_window, 1u);
    Options drain;
    ASSERT_FALSE(parse({"--drain"}, drain));
    EXPECT_EQ(drain.producers, 0u);
}

TEST(options, refuse_contradictions_and_unknown_words) {
    for (const auto& words : std::vector<std::vector<const char*>>{
             {"--prefetch", "10", "--ack-every", "100"},
             {"--latency", "--size", "8"},
             {"--queues", "2", "--queue-pattern", "one", "--consumers", "2"},
             {"--queues", "2", "--consumers", "1", "--threads", "2"},
             {"--producers", "0", "--consumers", "0"},
             {"--drain", "--producers", "1"},
             {"--streams", "--queues", "2", "--consumers", "2"},
             {"--spread", "--queues", "2", "--exchange", "f", "--type", "fanout"},
             {"--spread", "--drain"},
             {"--spread", "--queues", "2000", "--size", "1000000"},
             {"--bindings", "10"},
             {"--bindings", "10", "--exchange", "d", "--queues", "3"},
             {"--threads", "0"},
             {"--no-such-option"},
             {"--queue-args", "x-nothing"},
             {"--uri", "http://x"},
             {"--churn", "weather"},
             {"--churn", "queue", "--churn-depth", "0"},
             {"--churn", "queue", "--churn-leave"},
             {"--churn", "channel", "--churn-count", "5000"}}) {
        Options options;
        EXPECT_EQ(parse(words, options), 2) << words[0];
    }
}

}  // namespace
}  // namespace loadgen
