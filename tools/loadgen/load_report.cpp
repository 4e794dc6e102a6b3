// The closing part of LoadRun: from counters to words and figures.
#include "load_run.h"

namespace loadgen {
namespace {

double per_second(std::uint64_t from, std::uint64_t to, double seconds) {
    return seconds > 0 ? static_cast<double>(to - from) / seconds : 0;
}

}  // namespace

void LoadRun::report_losses(Tally& total) {
    for (const QueueRecord& record : records_)
        total.missing += record.missing();
    const std::uint64_t expected = expected_deliveries(total);
    if (options_.consumers > 0 && total.unique < expected) {
        total.missing = std::max(total.missing, expected - total.unique);
    }
    if (options_.consumers > 0 && total.unique > expected) {
        run_.fail(
            std::to_string(total.unique - expected) + " more messages arrived than were published",
            false);
    }
    if (total.missing > 0 && !options_.allow_loss) {
        run_.fail(std::to_string(total.missing) + " of " + std::to_string(expected) +
                      " messages did not arrive",
                  false);
    }
    if (total.refused > 0 && !options_.allow_loss) {
        run_.fail(std::to_string(total.refused) + " messages were refused by basic.nack", false);
    }
    if (total.returned > 0)
        run_.fail(std::to_string(total.returned) + " messages were returned", false);
}

std::string LoadRun::describe_messages(const Snapshot& from, const Snapshot& to, const Tally& total,
                                       JsonObject& json) const {
    const double seconds = to_seconds(to.at - from.at);
    const double published = per_second(from.tally.published, to.tally.published, seconds);
    const double delivered = per_second(from.tally.delivered, to.tally.delivered, seconds);
    const double confirmed = per_second(from.tally.confirmed, to.tally.confirmed, seconds);
    json.add("published_per_s", published)
        .add("delivered_per_s", delivered)
        .add("confirmed_per_s", confirmed);
    json.add("published", total.published)
        .add("delivered", total.delivered)
        .add("confirmed", total.confirmed);
    json.add("refused", total.refused)
        .add("returned", total.returned)
        .add("redelivered", total.redelivered);
    json.add("missing", total.missing)
        .add("duplicates", total.duplicates)
        .add("out_of_order", total.out_of_order);
    std::string text = "  rates      published " + with_thousands(published) + "/s, delivered " +
                       with_thousands(delivered) + "/s";
    if (options_.confirm_window > 0) text += ", confirmed " + with_thousands(confirmed) + "/s";
    text += "\n  messages   published " + std::to_string(total.published) + ", delivered " +
            std::to_string(total.delivered) + ", missing " + std::to_string(total.missing) +
            ", duplicate " + std::to_string(total.duplicates) + ", out of order " +
            std::to_string(total.out_of_order) + "\n";
    return text;
}

Outcome LoadRun::collect() {
    Tally total = tally();
    report_losses(total);

    Histogram delivery;
    Histogram confirm;
    for (const auto& worker : workers_)
        worker->add_latencies(delivery, confirm);

    Outcome outcome;
    const double seconds = to_seconds(to_.at - from_.at);
    char head[160];
    std::snprintf(head, sizeof head, "%s at %s:%u, measured for %.2f s\n",
                  topology_.product().c_str(), options_.target.host.c_str(), options_.target.port,
                  seconds);
    outcome.text = head;
    outcome.json.add("product", topology_.product()).add("seconds", seconds);
    outcome.text += describe_messages(from_, to_, total, outcome.json);

    Cost cost{.seconds = seconds, .own_cpu_s = to_.own_cpu_s - from_.own_cpu_s};
    if (from_.broker && to_.broker) {
        cost.broker_watched = true;
        cost.broker_cpu_s = to_.broker->cpu_s - from_.broker->cpu_s;
        cost.broker_resident_bytes = to_.broker->resident_bytes;
        cost.broker_resident_peak_bytes = std::max(resident_peak_, to_.broker->resident_bytes);
    }
    const std::uint64_t messages = options_.consumers > 0
                                       ? to_.tally.delivered - from_.tally.delivered
                                       : to_.tally.published - from_.tally.published;
    cost.describe(static_cast<double>(messages), "message", outcome.text, outcome.json);
    if (delivery.count() > 0) {
        outcome.text += "  end to end " + describe(delivery) + "\n";
        outcome.json.add("latency", summarize(delivery));
    }
    if (confirm.count() > 0) {
        outcome.text += "  confirm    " + describe(confirm) + "\n";
        outcome.json.add("confirm_latency", summarize(confirm));
    }
    outcome.failures = run_.failures();
    return outcome;
}

}  // namespace loadgen
