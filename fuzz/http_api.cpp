// The HTTP API fed with arbitrary bytes as if from a client, in pieces: it must answer or close,
// never crash, and answer each request once. Whatever credentials a request has, it is guest's, so
// that the fuzzer gets to see what lies behind the door.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/backends/internal.h"
#include "base/ensure.h"
#include "base/log.h"
#include "cluster/shard_node.h"
#include "http/api.h"
#include "http/connection.h"
#include "http/reports_test_support.h"

namespace {

using namespace warren;

struct Clock final : TurnClock {
    Now value{{1'000'000}, {1'700'000'000'000}};
    Now now() override { return value; }
};

struct NoOtherShards final : cluster::Interconnect {
    bool post(ShardId, cluster::ShardBatch&) override { return true; }
};

struct NoReports final : http::QuietReports {};

struct NoDelays final : http::Delays {
    void after_ms(std::int64_t, std::move_only_function<void()> work) override { work(); }
};

struct NoControl final : http::NodeControl {
    void accept_clients(bool, Done done) override { done({}); }
    void set_maintenance(bool, Done done) override { done({}); }
    void set_limits(http::LimitWishes, Done done) override { done({}); }
    void set_log_level(log::Level, Done done) override { done({}); }
    void reopen_logs(Done done) override { done({}); }
    void stop(Done done) override { done({}); }
    void set_plugins(std::vector<std::string>, Done done) override { done({}); }
};

// Written at once, and kept in no folder.
struct TraceFilesInMemory final : http::TraceFiles {
    std::map<std::string, std::string> texts;

    void append(const std::string& name, std::string text,
                std::move_only_function<void(Appended)> then) override {
        std::string& file = texts[name];
        file += text;
        then(file.size());
    }
    std::vector<http::TraceFile> list() const override {
        std::vector<http::TraceFile> files;
        for (const auto& [name, text] : texts)
            files.push_back({name, text.size()});
        return files;
    }
    std::optional<http::BodySource> read(const std::string& name) const override {
        const auto found = texts.find(name);
        if (found == texts.end()) return std::nullopt;
        return [text = found->second](std::string& piece) {
            piece += text;
            return false;
        };
    }
    bool remove(const std::string& name) override { return texts.erase(name) != 0; }
};

struct Node {
    Clock clock;
    NoOtherShards others;
    http::QuestionDesk desk;
    cluster::ShardNode shard{1, clock, desk, others, 1};
    auth::InternalBackend backend{shard.users()};
    auth::AccessControl access{shard.users(), auth::AccessSettings{{{&backend, {}}}, {}}};
    http::MessageJobs jobs{shard, desk};
    NoReports reports;
    NoDelays delays;
    NoControl control;
    // Without a start it looks at nothing.
    http::statistics::Sampler sampler{
        {reports, delays, shard.topology(), [this] { return shard.now(); },
         [] { return http::NodeGauges{}; }},
        {}};
    http::AuthCounts attempts;
    TraceFilesInMemory trace_files;
    http::Traces traces{shard, desk, trace_files};
    http::Api api{{shard, access, desk, jobs, reports, delays, control,
                   [] { return http::NodeGauges{}; }, sampler, attempts, traces},
                  with_traces(),
                  {}};

    static http::NodeFacts with_traces() {
        http::NodeFacts facts;
        facts.running_plugins = {std::string(http::tracing_plugin)};
        return facts;
    }

    Node() {
        log::set_all_thresholds(log::Level::none);
        desk.attach(shard);
        ENSURE(shard.bootstrap(broker::TopologyCommand{broker::CreateVhost{.name = "/"}}));
        const auto hash = auth::hash_password("guest", auth::HashingAlgorithm::sha256, "salt");
        ENSURE(shard.bootstrap(auth::UserCommand{
            auth::PutUser{"guest", hash, std::vector<std::string>{"administrator"}, false}}));
        ENSURE(shard.bootstrap(
            auth::UserCommand{auth::SetPermissions{"guest", "/", {".*", ".*", ".*"}}}));
        shard.end_bootstrap();
    }
    void settle() {
        do {
            shard.end_turn();
            shard.post();
        } while (shard.needs_turn());
    }
};

struct Client final : http::ConnectionHost {
    explicit Client(Node& its_node) : node(its_node) {}
    void on_request(http::Connection&, http::Request request) override {
        std::erase_if(request.headers, [](const auto& header) {
            return header.first.size() == std::string_view("authorization").size();
        });
        request.headers.emplace_back("authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=");
        ++asked;
        node.api.handle(std::move(request), {}, [this](http::Response response) {
            ++answered;
            connection.respond(std::move(response));
        });
    }
    void request_attention(http::Connection&) override {}

    Node& node;
    const http::ConnectionLimits limits{.head_bytes_max = 20'000, .body_bytes_max = 4096};
    http::Connection connection{*this, limits};
    int asked = 0;
    int answered = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
    if (bytes == 0) return 0;
    const std::size_t piece = 1 + data[0];
    std::string input(reinterpret_cast<const char*>(data) + 1, bytes - 1);
    Node node;
    {
        Client client(node);
        std::string unread;
        while (!client.connection.finished() && (!input.empty() || !unread.empty())) {
            unread += input.substr(0, piece);
            input.erase(0, piece);
            const std::size_t taken = client.connection.on_bytes(as_bytes(unread));
            ENSURE(taken <= unread.size());
            unread.erase(0, taken);
            client.connection.end_turn();
            node.settle();
            client.connection.output().clear();
            ENSURE(client.asked == client.answered);
            if (taken == 0 && input.empty()) break;
        }
        node.settle();
    }
    return 0;
}
