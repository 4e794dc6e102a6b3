#pragma once
// Messages that an operator moves, copies, deletes or drives back: jobs that go through a queue a
// piece at a time, on the observer's shard.
//
// A piece: look at the next messages, pick those that are meant, take them out (move, redrive) so
// that nobody else gets them, publish each where it is to go, and when its new place has it safe (a
// confirm, after the disk's sync) acknowledge it. What has not been taken there goes back to its
// queue. A process that ends in between leaves what was taken in its queue: nothing is lost, and at
// most the messages of one piece are in both places.
//
// A job sees the messages that were there when it began; what is published meanwhile is left alone.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "broker/queue/queue_commands.h"
#include "broker/shard_services.h"
#include "http/messages/message_filter.h"
#include "http/question_desk.h"

namespace warren::http {

enum class JobKind : std::uint8_t { move, copy, remove, redrive };
std::string_view name_of(JobKind kind);

struct JobOrder {
    JobKind kind = JobKind::move;
    std::string vhost;
    std::string queue;
    broker::QueueAddress address;
    bool is_stream = false;
    MessageFilter filter{};
    std::uint64_t skip = 0;           // so many of the front are passed over
    std::uint64_t most = UINT64_MAX;  // so many are done at most
    broker::PeekCursor from{};        // of a stream: the offset to begin at
    // Where to, of move and copy: the queue of that name, with the address they had; or an
    // exchange, with their own key if none is given.
    std::string to_queue{};
    std::optional<std::string> to_exchange{};
    std::optional<std::string> to_key{};
};

struct JobReport {
    enum class State : std::uint8_t { running, done, failed, cancelled };

    std::uint64_t id = 0;
    JobOrder order;
    State state = State::running;
    std::uint64_t seen = 0;    // looked at
    std::uint64_t picked = 0;  // meant by the order
    std::uint64_t done = 0;
    std::uint64_t left =
        0;               // meant, and still there: their new place does not exist or refused them
    std::string reason;  // why it failed
    WallTime begun;
    WallTime ended;
};

class MessageJobs {
public:
    // Both outlive this. Before any job.
    MessageJobs(cluster::ShardNode& node, QuestionDesk& desk) : node_(node), desk_(desk) {}
    ~MessageJobs();

    // Each holds a piece in memory: so many at a time are enough.
    static constexpr std::size_t running_max = 32;
    bool is_full() const { return runs_.size() >= running_max; }
    const JobReport& start(JobOrder order);  // while it is not full
    // Oldest first; those that have ended are kept for a while.
    const std::map<std::uint64_t, std::shared_ptr<JobReport>>& all() const { return reports_; }
    const JobReport* find(std::uint64_t id) const;
    // It ends behind the piece that is under way. False: it has ended already.
    bool cancel(std::uint64_t id);

private:
    static constexpr std::size_t ended_jobs_kept = 100;

    class Run;
    void ended(std::uint64_t id);

    cluster::ShardNode& node_;
    QuestionDesk& desk_;
    std::map<std::uint64_t, std::shared_ptr<JobReport>> reports_;
    std::map<std::uint64_t, std::shared_ptr<Run>> runs_;
    std::uint64_t last_id_ = 0;
};

}  // namespace warren::http
