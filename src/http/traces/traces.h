#pragma once
// Traces: what the firehose of a vhost copies, picked by a pattern and written to a file, as
// RabbitMQ's plug-in rabbitmq_tracing does. On the observer's shard.
//
//   amq.rabbitmq.trace ─(pattern)─▶ a queue of the trace's own ─▶ Trace ─▶ http::TraceFiles
//
// A trace takes no more from its queue than it has written, and the queue drops its oldest when it
// holds too much: a slow disk costs entries, and neither memory nor time of others. Traces are not
// kept: a node that starts has none. Their files stay.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "broker/shard_services.h"
#include "http/question_desk.h"
#include "http/traces/trace_entry.h"
#include "http/traces/trace_files.h"

namespace warren::http {

// Without it, enabled, there are no traces.
inline constexpr std::string_view tracing_plugin = "rabbitmq_tracing";

struct TraceOrder {
    std::string vhost;
    std::string name;     // its file is NAME.log
    std::string pattern;  // of the routing keys of amq.rabbitmq.trace: "#", "publish.#", ...
    TraceForm form;
    std::string username;  // who was named to read it; empty: nobody
};

class Traces {
public:
    // A file that long ends its trace: nobody has looked for it any more.
    static constexpr std::uint64_t file_bytes_max = 1u << 30;

    // All of them outlive this. Before any trace.
    Traces(cluster::ShardNode& node, QuestionDesk& desk, TraceFiles& files)
        : node_(node), desk_(desk), files_(files) {}
    ~Traces();

    // Goes on when messages come, or with what is wrong. Until then there is a trace of the name.
    using Started = std::move_only_function<void(Result<void, std::string>)>;
    void start(TraceOrder order, Started then);
    // False: there is none. Else goes on when it has ended. The last one of a vhost stops its
    // tracing, if the first one started it.
    using Stopped = std::move_only_function<void()>;
    bool stop(const std::string& vhost, const std::string& name, Stopped then);
    void stop_all();

    using Name = std::pair<std::string, std::string>;  // vhost and name
    struct Shown {
        TraceOrder order;
        std::string queue;  // empty: not yet
    };
    std::map<Name, Shown> all() const;
    TraceFiles& files() { return files_; }

private:
    class Trace;
    void end_tracing(const std::string& vhost, Stopped then);

    cluster::ShardNode& node_;
    QuestionDesk& desk_;
    TraceFiles& files_;
    std::map<Name, std::shared_ptr<Trace>> traces_;
    std::map<std::string, bool> was_traced_;   // by vhost that has traces
    std::map<std::string, int> switched_off_;  // by vhost: orders to do so, not yet carried out
};

}  // namespace warren::http
