// The whole load generator against a relay on loopback: what it counts when all is well, and that
// it notices each kind of fault a broker could have.
#include "load_run.h"

#include <gtest/gtest.h>

#include "running_relay.h"

namespace loadgen {
namespace {

Options few_messages(const RunningRelay& relay) {
    Options options;
    options.target.port = relay.port();
    options.count = 20'000;
    options.quiet = true;
    options.drain_timeout_s = 0.3;
    return options;
}

Outcome outcome_of(const Options& options) {
    return LoadRun(options).execute();
}

std::string first_failure(const Outcome& outcome) {
    return outcome.failures.empty() ? "" : outcome.failures.front();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(load_run, counts_every_message_of_a_faultless_broker) {
    const RunningRelay relay;
    Options options = few_messages(relay);
    options.latency = true;
    options.auto_ack = true;
    const Outcome outcome = outcome_of(options);
    EXPECT_EQ(first_failure(outcome), "");
    const std::string json = outcome.json.text();
    EXPECT_TRUE(has(json, R"("product": "relay")")) << json;
    EXPECT_TRUE(has(json, R"("published": 20000, "delivered": 20000)")) << json;
    EXPECT_TRUE(has(json, R"("latency": {"count": 20000)")) << json;
}

TEST(load_run, passes_with_bodies_of_every_awkward_size) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 15u, 16u, 4096u, 131'064u, 131'065u, 300'000u}) {
        const RunningRelay relay;
        Options options = few_messages(relay);
        options.count = 50;
        options.body_bytes = size;
        options.verify_body = true;
        EXPECT_EQ(first_failure(outcome_of(options)), "") << size;
    }
}

TEST(load_run, passes_with_many_channels_producers_and_consumers_on_two_threads) {
    const RunningRelay relay;
    Options options = few_messages(relay);
    options.count = 2000;
    options.producers = 3;
    options.producer_channels = 4;
    options.consumers = 5;
    options.threads = 2;
    options.confirm_window = 17;
    options.prefetch = 100;
    options.ack_every = 10;
    const Outcome outcome = outcome_of(options);
    EXPECT_EQ(first_failure(outcome), "");
    EXPECT_TRUE(has(outcome.json.text(), R"("delivered": 24000, "confirmed": 24000)"))
        << outcome.json.text();
}

TEST(load_run, keeps_to_the_rate_it_is_given) {
    const RunningRelay relay;
    Options options = few_messages(relay);
    options.count = 0;
    options.rate = 2000;
    options.seconds = 0.5;
    const Outcome outcome = outcome_of(options);
    EXPECT_EQ(first_failure(outcome), "");
    // The measured stretch has a few milliseconds of slack at both ends.
    const std::string json = outcome.json.text();
    const double published = std::stod(json.substr(json.find("\"published\": ") + 13));
    EXPECT_GT(published, 900) << json;
    EXPECT_LT(published, 1300) << json;
}

TEST(load_run, leaves_a_backlog_and_checks_its_length) {
    const RunningRelay relay;
    Options options = few_messages(relay);
    options.consumers = 0;
    EXPECT_EQ(first_failure(outcome_of(options)), "");

    const RunningRelay losing({.drop_every = 10'000});
    options.target.port = losing.port();
    EXPECT_EQ(first_failure(outcome_of(options)), "the queues hold 19998 messages of 20000");
}

TEST(load_run, notices_lost_messages) {
    const RunningRelay relay({.drop_every = 7000});
    const Outcome outcome = outcome_of(few_messages(relay));
    EXPECT_EQ(first_failure(outcome), "2 of 20000 messages did not arrive");
    EXPECT_TRUE(has(outcome.json.text(), R"("missing": 2)")) << outcome.json.text();
}

TEST(load_run, lets_losses_pass_when_they_are_allowed) {
    const RunningRelay relay({.drop_every = 7000});
    Options options = few_messages(relay);
    options.allow_loss = true;
    EXPECT_EQ(first_failure(outcome_of(options)), "");
}

TEST(load_run, notices_a_message_that_comes_twice) {
    const RunningRelay relay({.duplicate_every = 15'000});
    EXPECT_EQ(first_failure(outcome_of(few_messages(relay))),
              "consumer 1: message 14999 of source 0 came twice");
}

TEST(load_run, notices_a_message_out_of_order) {
    const RunningRelay relay({.swap_every = 15'000});
    EXPECT_EQ(first_failure(outcome_of(few_messages(relay))),
              "consumer 1: message 14999 of source 0 came out of order");
}

TEST(load_run, notices_a_changed_octet_when_bodies_are_verified) {
    const RunningRelay relay({.corrupt_every = 15'000});
    Options options = few_messages(relay);
    options.body_bytes = 100;
    options.verify_body = true;
    EXPECT_EQ(first_failure(outcome_of(options)), "consumer 1: a body whose content has changed");
}

TEST(load_run, notices_refused_publishes) {
    const RunningRelay relay({.drop_every = 5000, .nack_every = 5000});
    Options options = few_messages(relay);
    options.confirm_window = 100;
    const Outcome outcome = outcome_of(options);
    EXPECT_TRUE(has(outcome.json.text(), R"("refused": 4)")) << outcome.json.text();
    EXPECT_FALSE(outcome.failures.empty());
    EXPECT_EQ(outcome.failures.back(), "4 messages were refused by basic.nack");
}

TEST(load_run, notices_confirms_that_never_come) {
    const RunningRelay relay({.confirm_nothing_after = 10'000});
    Options options = few_messages(relay);
    options.confirm_window = 100;
    EXPECT_EQ(first_failure(outcome_of(options)),
              "the broker stopped taking or confirming messages");
}

TEST(load_run, repeats_the_words_with_which_the_broker_closed) {
    const RunningRelay relay({.close_after = 10'000});
    EXPECT_EQ(first_failure(outcome_of(few_messages(relay))),
              "producer 1: the broker sent connection.close: 541 INTERNAL_ERROR - as asked");
}

TEST(load_run, says_when_nobody_listens) {
    Options options;
    {
        const RunningRelay relay;
        options.target.port = relay.port();
    }
    try {
        outcome_of(options);
        FAIL() << "connected to a closed port";
    } catch (const BrokerError& error) {
        EXPECT_TRUE(has(error.what(), "cannot connect to 127.0.0.1:")) << error.what();
    }
}

}  // namespace
}  // namespace loadgen
