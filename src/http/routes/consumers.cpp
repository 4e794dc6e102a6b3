// /api/consumers.
#include "http/access.h"
#include "http/listing.h"
#include "http/routes/routes.h"
#include "http/routes/session_json.h"

namespace warren::http::routes {

void list_consumers(const CallRef& call) {
    if (call->resource_has("vhost") &&
        call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse_not_found();
    call->api().reports().survey_all_consumers([call](const std::vector<ConsumerReport>& reports) {
        json::array list;
        for (const auto& consumer : reports) {
            const auto& facts = *consumer.connection;
            if (!may_monitor(call->user()) && facts.user != call->user().username) continue;
            if (call->resource_has("vhost") && facts.vhost != call->part("vhost")) continue;
            list.push_back(consumer_json(call->api(), consumer));
        }
        respond_list(call, std::move(list), {});
    });
}

}  // namespace warren::http::routes
