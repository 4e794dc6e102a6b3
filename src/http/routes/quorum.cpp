// /api/queues/quorum: members of quorum queues. One node is the only member of all of them.
#include "http/json_support.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

void get_quorum_status(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr || queue->type != broker::QueueType::quorum)
        return call->refuse_not_found();
    call->respond_json(json::array{json::object{{"Node Name", call->api().facts().node_name},
                                                {"Raft State", "leader"},
                                                {"Membership", "voter"}}});
}

void refuse_membership_change(const CallRef& call) {
    call->refuse_bad("this node is a cluster of its own: queues have no other members");
}

}  // namespace warren::http::routes
