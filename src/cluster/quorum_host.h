#pragma once
// The Raft groups of a shard's quorum queues, and what of them waits for the shard's log.
//
// What a queue did in a turn is one entry of its group. The host gives the entry its place; the
// queue stores that place with its commands in the shard's log, in the same turn:
//
//     propose(queue, the place before)   index and term, to be logged in this turn
//     end_turn(commit)                   what was proposed since is durable with that commit
//     durable(through, tell)             tell(queue, index): all up to that index is committed
//
// A group exists only while its queue works. It starts at a proposal, from the place that the
// queue's log holds, which with one voter says all there is to know: the voter voted for itself.
// Beyond `groups_max` those rest that have worked least recently and have nothing on its way, so a
// shard pays for the queues that work, not for those that exist.
//
// A group that fails confirms no more, until the node starts anew: propose() gives index 0,
// durable() is silent, and take_failures() says once what happened. The node goes on.
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "broker/queue/queue_host.h"
#include "cluster/commit_waits.h"
#include "cluster/raft/raft_group.h"

namespace warren::cluster {

class QuorumHost {
public:
    struct Failure {
        QueueId queue;
        std::string text;  // for the log
    };
    static constexpr std::size_t groups_max_default = 4096;  // 5 MiB

    explicit QuorumHost(RaftServerId self, std::size_t groups_max = groups_max_default)
        : self_(self), groups_max_(groups_max) {}
    QuorumHost(const QuorumHost&) = delete;
    QuorumHost& operator=(const QuorumHost&) = delete;

    // The place of an entry for what the queue did in this turn. `last` is that of the entry before
    // (index 0: there is none), which the queue has logged. Index 0: the group has failed.
    [[nodiscard]] broker::RaftPlace propose(QueueId queue, const broker::RaftPlace& last);
    // The queue is gone; what it has on its way is told to nobody.
    void forget(QueueId queue);

    // Something was proposed in this turn: its commit is to be synced.
    bool wanted() const { return waits_.wanted(); }
    void end_turn(std::uint64_t commit) { waits_.end_turn(commit); }
    // Calls tell(queue, index) in the order of turns, each index once. It may propose and forget.
    template <typename Tell>
    void durable(std::uint64_t through, Tell&& tell) {
        waits_.release(through, [&](QueueId queue, std::uint64_t index) {
            if (const auto committed = persisted(queue, index)) tell(queue, *committed);
        });
        rest();
    }

    // Groups that have failed since the last call.
    std::vector<Failure> take_failures() { return std::exchange(failures_, {}); }
    std::size_t group_count() const { return groups_.size(); }

private:
    struct Group {
        RaftGroup raft;
        std::list<QueueId>::iterator use;  // its place in by_use_
    };
    using Groups = std::unordered_map<QueueId, Group>;

    Result<Groups::iterator, std::string> start(QueueId queue, const broker::RaftPlace& last);
    std::optional<std::uint64_t> persisted(QueueId queue, std::uint64_t index);
    void stop(Groups::iterator group);
    void fail_group(QueueId queue, std::string text);
    void rest();

    RaftServerId self_;
    std::size_t groups_max_;
    Groups groups_;
    std::list<QueueId> by_use_;  // of groups_, least recently used first
    std::unordered_set<QueueId> failed_;
    std::vector<Failure> failures_;
    CommitWaits waits_;
};

}  // namespace warren::cluster
