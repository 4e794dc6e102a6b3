// Idle connections and churn against a relay.
#include <gtest/gtest.h>
#include <unistd.h>

#include "churn_run.h"
#include "control_client.h"
#include "idle_run.h"
#include "running_relay.h"

namespace loadgen {
namespace {

Options short_run(const RunningRelay& relay) {
    Options options;
    options.target.port = relay.port();
    options.seconds = 0.05;
    options.broker_pid = getpid();
    return options;
}

double number_in(const Outcome& outcome, const std::string& key) {
    const std::string json = outcome.json.text();
    const std::size_t at = json.find("\"" + key + "\": ");
    EXPECT_NE(at, std::string::npos) << key << " in " << json;
    return at == std::string::npos ? 0 : std::stod(json.substr(at + key.size() + 4));
}

TEST(idle_run, opens_all_connections_and_tells_what_they_cost) {
    const RunningRelay relay;
    Options options = short_run(relay);
    options.idle_connections = 250;
    options.idle_channels = 2;
    const Outcome outcome = run_idle(options);
    EXPECT_EQ(number_in(outcome, "connections"), 250);
    EXPECT_GT(number_in(outcome, "opened_per_s"), 0);
    EXPECT_GT(number_in(outcome, "open_cpu_us_per_connection"), 0);
    EXPECT_GT(number_in(outcome, "broker_resident_bytes"), 0);
}

TEST(churn_run, counts_whole_laps_of_every_kind) {
    for (const Churn kind : {Churn::connection, Churn::channel, Churn::queue, Churn::binding}) {
        const RunningRelay relay;
        Options options = short_run(relay);
        options.churn = kind;
        options.churn_depth = 10;
        const Outcome outcome = run_churn(options);
        const double created = number_in(outcome, "created");
        EXPECT_GE(created, 10);
        EXPECT_EQ(static_cast<long>(created) % 10, 0);
        EXPECT_GT(number_in(outcome, "broker_cpu_us_per_message"), 0);
    }
}

TEST(churn_run, makes_a_given_number_once_on_all_its_connections) {
    const RunningRelay relay;
    Options options = short_run(relay);
    options.churn = Churn::queue;
    options.churn_depth = 10;
    options.churn_connections = 3;
    options.churn_count = 100;
    const Outcome outcome = run_churn(options);
    EXPECT_EQ(number_in(outcome, "created"), 100);
    EXPECT_GT(number_in(outcome, "creating_per_s"), 0);
    EXPECT_GT(number_in(outcome, "deleting_per_s"), 0);
    EXPECT_GT(number_in(outcome, "deleting_cpu_us"), 0);
}

TEST(churn_run, gives_up_with_the_reason_when_the_broker_is_gone) {
    Options options;
    {
        const RunningRelay relay;
        options = short_run(relay);
    }
    options.churn = Churn::queue;
    EXPECT_THROW(run_churn(options), BrokerError);
}

}  // namespace
}  // namespace loadgen
