// /api/queues/quorum: members of quorum queues. One node is the only member of all of them.
#include "broker/quorum/quorum_command.h"
#include "http/json_support.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

// As docs/metrics.md says of raft_*: with one voter, what is synced is committed and applied, and
// nothing is kept of it but what is in the queue.
json::object member_json(const Call& call, const broker::RaftFigures& raft) {
    return {{"Node Name", call.api().facts().node_name},
            {"Raft State", "leader"},
            {"Membership", "voter"},
            {"Last Log Index", raft.last_index},
            {"Last Written", raft.commit_index},
            {"Last Applied", raft.commit_index},
            {"Commit Index", raft.commit_index},
            {"Snapshot Index", raft.commit_index},
            {"Term", raft.term},
            {"Machine Version", broker::quorum_command_version}};
}

}  // namespace

void get_quorum_status(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr || queue->type != broker::QueueType::quorum)
        return call->refuse_not_found();
    const QueueId id = queue->id();
    call->api().reports().survey_queues(
        {{id, queue->shard}}, [call, id](const QueueReports& reports) {
            const auto found = reports.find(id);
            if (found == reports.end()) return call->refuse_not_found();
            call->respond_json(json::array{member_json(*call, found->second.raft)});
        });
}

void refuse_membership_change(const CallRef& call) {
    call->refuse_bad("this node is a cluster of its own: queues have no other members");
}

}  // namespace warren::http::routes
