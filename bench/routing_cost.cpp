// routing-cost KIND SIZE ROUTES: the cost of finding where a message goes, by itself: one thread,
// no session, no queue. Keys are asked for in a mixed order, so that what the processor holds of
// the last one helps little.
//
//   topic, direct, headers   SIZE bindings, of which a message matches one (binding_plan.h)
//   default                  SIZE queues, found by name
//   fanout                   SIZE queues, all of which get it
//   hashes                   SIZE patterns of 12 words, each `#` or `a`, and a key of 120 words
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "base/prng.h"
#include "binding_plan.h"
#include "broker/routing/route.h"
#include "broker/topology/topology_fixture.h"

namespace {

using namespace warren;
using namespace warren::broker;

constexpr std::size_t queues_max = 1000;  // unless a kind needs one a binding
constexpr const char* header_names[] = {"site", "line", "cell", "part"};

// Of this process: others that run meanwhile do not count.
double cpu_ns() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

amqp091::FieldTable headers_of(std::string_view key) {
    amqp091::FieldTable table;
    for (const char* name : header_names) {
        const std::size_t dot = key.find('.');
        table.set(name, std::string(key.substr(0, dot)));
        key.remove_prefix(dot == std::string_view::npos ? key.size() : dot + 1);
    }
    return table;
}

class Measurement : TopologyFixture {
public:
    Measurement(std::string_view kind, unsigned size) : kind_(kind), plan_(size) {
        const bool one_each = kind == "fanout" || kind == "default";
        const std::size_t queues = one_each ? size : std::min<std::size_t>(size, queues_max);
        for (std::size_t n = 0; n < queues; ++n)
            queue(std::to_string(n));
        exchange_ = kind == "default" ? "" : kind == "hashes" ? "amq.topic" : "amq." + kind_;
        for (unsigned n = 0; n < size && kind != "default"; ++n)
            bind_one(n, std::to_string(n % queues));
        lay_out_messages(size);
    }

    // Nanoseconds of CPU for each route.
    double run(std::uint64_t routes) {
        const ExchangeRecord& exchange = *vhost().find_exchange(exchange_);
        Route found;
        std::uint64_t reached = 0;
        const double begin = cpu_ns();
        for (std::uint64_t n = 0; n < routes; ++n) {
            const Message& message = messages_[n % messages_.size()];
            const auto header = amqp091::ContentHeader::decode(as_bytes(message.header));
            route(topology, exchange,
                  {.routing_key = message.key,
                   .extra_keys = {},
                   .header = &*header,
                   .random = &random_},
                  found);
            reached += found.queues().size();
        }
        const double taken = cpu_ns() - begin;
        ENSURE(reached == routes * (kind_ == "fanout" ? plan_.size() : 1) || kind_ == "hashes");
        return taken / static_cast<double>(routes);
    }

private:
    void bind_one(unsigned n, const std::string& to) {
        if (kind_ == "headers") {
            amqp091::FieldTable wanted = headers_of(plan_.key(n));
            wanted.set("x-match", std::string("all"));
            bind(exchange_, to, "", wanted);
        } else if (kind_ == "hashes") {
            bind(exchange_, to, hashes(n));
        } else {
            bind(exchange_, to, kind_ == "topic" ? plan_.pattern(n) : plan_.key(n));
        }
    }
    static std::string hashes(unsigned n) {
        std::string text = "a";
        for (unsigned bit = 1; bit < 4096; bit <<= 1)
            text += (n & bit) != 0 ? ".#" : ".a";
        return text;
    }
    struct Message {
        std::string_view key;
        std::string_view header;
    };

    void lay_out_messages(unsigned size) {
        std::vector<unsigned> order(size);
        std::iota(order.begin(), order.end(), 0u);
        for (std::size_t left = size; left > 1; --left)
            std::swap(order[left - 1], order[random_.below(left)]);
        std::vector<std::array<std::size_t, 3>> places;  // of key, header, end
        for (const unsigned n : order) {
            const std::size_t key = bytes_.size();
            bytes_ += key_of(n);
            const std::size_t header = bytes_.size();
            amqp091::HeaderEdit edit;
            if (kind_ == "headers") edit.set_headers(headers_of(plan_.key(n)));
            bytes_ += edit.encode(0);
            places.push_back({key, header, bytes_.size()});
        }
        for (const auto& [key, header, end] : places)
            messages_.push_back({std::string_view(bytes_).substr(key, header - key),
                                 std::string_view(bytes_).substr(header, end - header)});
    }

    std::string key_of(unsigned n) const {
        if (kind_ == "default") return std::to_string(n);
        if (kind_ != "hashes") return plan_.key(n);
        std::string key = "a";
        for (int word = 1; word < 120; ++word)
            key += ".a";
        return key;
    }

    std::string kind_;
    loadgen::BindingPlan plan_;
    std::string exchange_;
    std::string bytes_;
    std::vector<Message> messages_;
    Prng random_{1};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s KIND SIZE ROUTES\n", argv[0]);
        return 2;
    }
    const auto size = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
    const auto routes = std::strtoull(argv[3], nullptr, 10);
    Measurement measurement(argv[1], size);
    measurement.run(routes / 10);
    std::printf("%.1f\n", measurement.run(routes));
    return 0;
}
