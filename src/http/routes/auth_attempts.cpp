// /api/auth/attempts: logins that were counted, by protocol and by source.
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/statistics/traffic_sums.h"

namespace warren::http::routes {

namespace {

void add_counts(json::object& object, std::string_view protocol, const auth::LoginCounts& logins) {
    object["protocol"] = protocol;
    object["auth_attempts"] = logins.all();
    object["auth_attempts_failed"] = logins.failed;
    object["auth_attempts_succeeded"] = logins.succeeded;
}

json::object counts_json(std::string_view protocol, const auth::LoginCounts& logins) {
    json::object object;
    add_counts(object, protocol, logins);
    return object;
}

}  // namespace

void list_auth_attempts(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().reports().survey_totals([call](const std::vector<ShardTotals>& totals) {
        AuthCounts& counts = call->api().auth_attempts();
        json::array list{counts_json("http", counts.http())};
        const auth::LoginCounts amqp = counts.amqp(statistics::sum_of_traffic(totals));
        if (amqp.all() != 0) list.push_back(counts_json("amqp091", amqp));
        call->respond_json(list);
    });
}

void list_auth_sources(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().reports().survey_logins([call](const auth::LoginsBySource& logins) {
        json::array list;
        for (const auto& [source, counts] : logins) {
            json::object object{{"remote_address", source.remote_address},
                                {"username", json_text(source.username)}};
            add_counts(object, source.protocol, counts);
            list.push_back(std::move(object));
        }
        call->respond_json(list);
    });
}

// As in RabbitMQ both kinds begin anew, whichever was asked for.
void reset_auth_attempts(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().reports().survey_totals([call](const std::vector<ShardTotals>& totals) {
        Api& api = call->api();
        api.auth_attempts().reset(statistics::sum_of_traffic(totals));
        api.reports().change_logins([](auth::LoginSources& sources) { sources.forget(); },
                                    [call] { call->respond_status(204); });
    });
}

}  // namespace warren::http::routes
