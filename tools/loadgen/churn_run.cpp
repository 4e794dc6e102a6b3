#include "churn_run.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "churn_requests.h"
#include "clock.h"
#include "control_client.h"

namespace loadgen {
namespace {

// Things that come and go in laps of two halves.
class Churner {
public:
    virtual ~Churner() = default;
    virtual void create(unsigned count) = 0;
    virtual void remove(unsigned count) = 0;
};

class ConnectionChurner final : public Churner {
public:
    explicit ConnectionChurner(const Options& options) : options_(options) {}

    void create(unsigned count) override {
        clients_.reserve(count);
        for (unsigned i = 0; i < count; ++i)
            clients_.emplace_back(options_.target);
        for (ControlClient& client : clients_)
            client.answer_start();
        for (ControlClient& client : clients_)
            client.answer_tune();
        for (ControlClient& client : clients_)
            client.finish_open();
    }
    void remove(unsigned) override {
        for (ControlClient& client : clients_)
            client.request_close();
        for (ControlClient& client : clients_)
            client.finish_close();
        clients_.clear();
    }

private:
    const Options& options_;
    std::vector<ControlClient> clients_;
};

// What lives on connections, dealt to --churn-connections of them.
class RequestChurner final : public Churner {
public:
    explicit RequestChurner(const Options& options) : options_(options) {
        for (unsigned index = 0; index < options.churn_connections; ++index) {
            Side& side = sides_.emplace_back();
            side.requests = make_churn_requests(options, index);
            side.client = connected(options);
            side.requests->begin(*side.client);
        }
    }
    void create(unsigned count) override {
        exchange(count, &ChurnRequests::append_create, &ChurnRequests::await_created);
    }
    void remove(unsigned count) override {
        if (!options_.churn_leave)
            return exchange(count, &ChurnRequests::append_delete, &ChurnRequests::await_deleted);
        for (Side& side : sides_)
            side.client->request_close();
        for (Side& side : sides_)
            side.client->finish_close();
        for (Side& side : sides_)
            side.client.reset();
        for (unsigned index = 0; index < sides_.size(); ++index)
            await_leaving(sides_[index], share(index, count));
    }
    void end() {
        const auto client = connected(options_);
        client->open_channel(1);
        for (const Side& side : sides_)
            side.requests->end(*client);
    }

private:
    struct Side {
        std::unique_ptr<ChurnRequests> requests;
        std::unique_ptr<ControlClient> client;
    };

    static std::unique_ptr<ControlClient> connected(const Options& options) {
        auto client = std::make_unique<ControlClient>(options.target);
        client->handshake();
        return client;
    }
    // Of `count` things, those of the connection with that index.
    unsigned share(unsigned index, unsigned count) const {
        const auto sides = static_cast<unsigned>(sides_.size());
        return count / sides + (index < count % sides ? 1 : 0);
    }
    // On all connections side by side, --churn-depth in flight on each.
    template <typename Append, typename Await>
    void exchange(unsigned count, Append append, Await await) {
        for (unsigned first = 0; first < share(0, count); first += options_.churn_depth) {
            const auto end_of = [&](unsigned index) {
                return std::min(first + options_.churn_depth, share(index, count));
            };
            for (unsigned index = 0; index < sides_.size(); ++index) {
                std::string out;
                for (unsigned number = first; number < end_of(index); ++number)
                    (*sides_[index].requests.*append)(out, number);
                sides_[index].client->send(out);
            }
            for (unsigned index = 0; index < sides_.size(); ++index)
                for (unsigned number = first; number < end_of(index); ++number)
                    (*sides_[index].requests.*await)(*sides_[index].client);
        }
    }
    // Asking costs the broker next to nothing beside what it is to do.
    void await_leaving(const Side& side, unsigned count) const {
        while (count > 0 && !side.requests->has_gone(*connected(options_), count - 1))
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }

    const Options& options_;
    std::vector<Side> sides_;
};

const char* word_for(Churn churn) {
    switch (churn) {
        case Churn::connection:
            return "connection";
        case Churn::channel:
            return "channel";
        case Churn::queue:
            return "queue";
        default:
            return "binding";
    }
}

// Time and cost of one half of the laps.
struct Half {
    double seconds = 0;
    double broker_cpu_s = 0;

    void report(const char* verb, double things, const Options& options, Outcome& outcome) const {
        const std::string name(verb);
        outcome.text += "  " + name + ": " + with_thousands(things / seconds) + "/s";
        outcome.json.add(name + "_per_s", things / seconds);
        // Looking at the broker takes longer than a short lap does.
        if (options.churn_count > 0 && options.broker_pid > 0) {
            outcome.text += ", " + in_micros(broker_cpu_s / things * 1e9) + " of broker CPU";
            outcome.json.add(name + "_cpu_us", broker_cpu_s / things * 1e6);
        }
        outcome.text += "\n";
    }
};

class Measurement {
public:
    explicit Measurement(const Options& options)
        : options_(options), broker_(options.broker_pid), before_(broker_.sample()) {}

    void run(Churner& churner) {
        const unsigned lap = options_.churn_count > 0
                                 ? options_.churn_count
                                 : options_.churn_depth * options_.churn_connections;
        do {
            half(created_half_, [&] { churner.create(lap); });
            half(deleted_half_, [&] { churner.remove(lap); });
            created_ += lap;
        } while (options_.churn_count == 0 &&
                 monotonic_now() < start_ + to_nanos(options_.seconds));
        seconds_ = to_seconds(monotonic_now() - start_);
    }

    Outcome outcome(const std::string& product) const {
        Cost cost{.seconds = seconds_, .own_cpu_s = own_cpu_s() - own_before_};
        if (const auto after = broker_.sample(); before_ && after) {
            cost.broker_watched = true;
            cost.broker_cpu_s = after->cpu_s - before_->cpu_s;
            cost.broker_resident_bytes = after->resident_bytes;
            cost.broker_resident_peak_bytes = after->resident_bytes;
        }
        Outcome outcome;
        const char* const word = word_for(options_.churn);
        const auto things = static_cast<double>(created_);
        outcome.text = product + ": " + word + " churn, " + with_thousands(things / seconds_) +
                       "/s created and deleted\n";
        outcome.json.add("product", product).add("churn", word).add("seconds", seconds_);
        outcome.json.add("created", created_).add("created_per_s", things / seconds_);
        created_half_.report("creating", things, options_, outcome);
        deleted_half_.report("deleting", things, options_, outcome);
        cost.describe(things, word, outcome.text, outcome.json);
        return outcome;
    }

private:
    template <typename Work>
    void half(Half& half, Work&& work) const {
        const bool watched = options_.churn_count > 0;
        const auto before = watched ? broker_.sample() : std::nullopt;
        const Nanos start = monotonic_now();
        work();
        half.seconds += to_seconds(monotonic_now() - start);
        const auto after = watched ? broker_.sample() : std::nullopt;
        if (before && after) half.broker_cpu_s += after->cpu_s - before->cpu_s;
    }

    const Options& options_;
    const ProcessWatch broker_;
    const std::optional<ProcessUsage> before_;
    const double own_before_ = own_cpu_s();
    const Nanos start_ = monotonic_now();
    double seconds_ = 0;
    std::uint64_t created_ = 0;
    Half created_half_;
    Half deleted_half_;
};

std::string product_of_broker(const Options& options) {
    ControlClient client(options.target);
    client.handshake();
    return client.product();
}

}  // namespace

Outcome run_churn(const Options& options) {
    const std::string product = product_of_broker(options);
    if (options.churn == Churn::connection) {
        ConnectionChurner connections(options);
        Measurement measurement(options);
        measurement.run(connections);
        return measurement.outcome(product);
    }
    RequestChurner requests(options);
    Measurement measurement(options);
    measurement.run(requests);
    requests.end();
    return measurement.outcome(product);
}

}  // namespace loadgen
