#include "cluster/quorum_host.h"

#include <array>

#include "base/ensure.h"

namespace warren::cluster {

broker::RaftPlace QuorumHost::propose(QueueId queue, const broker::RaftPlace& last) {
    if (failed_.contains(queue)) return {};
    auto group = groups_.find(queue);
    if (group == groups_.end()) {
        auto started = start(queue, last);
        if (!started) {
            fail_group(queue, std::move(started.error()));
            return {};
        }
        group = *started;
    } else {
        ENSURE(last ==
               (broker::RaftPlace{group->second.raft.last_index(), group->second.raft.term()}));
        by_use_.splice(by_use_.end(), by_use_, group->second.use);
    }
    RaftGroup& raft = group->second.raft;
    auto index = raft.propose();
    if (!index) {
        fail_group(queue, std::move(index.error()));
        return {};
    }
    waits_.add(queue, *index);
    return {*index, raft.term()};
}

Result<QuorumHost::Groups::iterator, std::string> QuorumHost::start(QueueId queue,
                                                                    const broker::RaftPlace& last) {
    const std::array<RaftServerId, 1> voters{self_};
    const HardState stored{.term = last.term,
                           .vote = last.term == 0 ? RaftServerId{} : self_,
                           .last_index = last.index,
                           .last_term = last.term};
    auto raft = RaftGroup::start({self_, voters}, stored);
    if (!raft) return fail(std::move(raft.error()));
    const auto use = by_use_.insert(by_use_.end(), queue);
    return groups_.emplace(queue, Group{std::move(*raft), use}).first;
}

std::optional<std::uint64_t> QuorumHost::persisted(QueueId queue, std::uint64_t index) {
    const auto group = groups_.find(queue);
    if (group == groups_.end()) return std::nullopt;  // forgotten or failed
    auto committed = group->second.raft.persisted(index);
    if (committed) return *committed;
    fail_group(queue, std::move(committed.error()));
    return std::nullopt;
}

void QuorumHost::forget(QueueId queue) {
    if (const auto group = groups_.find(queue); group != groups_.end()) stop(group);
    failed_.erase(queue);
}

void QuorumHost::stop(Groups::iterator group) {
    by_use_.erase(group->second.use);
    groups_.erase(group);
}

void QuorumHost::fail_group(QueueId queue, std::string text) {
    if (const auto group = groups_.find(queue); group != groups_.end()) stop(group);
    failed_.insert(queue);
    failures_.push_back({queue, std::move(text)});
}

// Nothing is lost with a group of one voter that has nothing on its way: the log holds its place.
void QuorumHost::rest() {
    while (groups_.size() > groups_max_) {
        const auto group = groups_.find(by_use_.front());
        const RaftGroup& raft = group->second.raft;
        if (raft.commit_index() != raft.last_index()) return;  // so have those that worked later
        stop(group);
    }
}

}  // namespace warren::cluster
