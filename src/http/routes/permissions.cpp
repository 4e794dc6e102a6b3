// /api/permissions and /api/topic-permissions: what users may do in virtual hosts.
#include "auth/users.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http {

json::array permissions_json(const Call& call, std::string_view of_user,
                             std::string_view in_vhost) {
    json::array list;
    for (const auto& [name, user] : call.api().users().users()) {
        if (!of_user.empty() && name != of_user) continue;
        for (const auto& [vhost, access] : user.vhosts) {
            if (!access.permissions || (!in_vhost.empty() && vhost != in_vhost)) continue;
            const auto texts = access.permissions->texts();
            list.push_back(json::object{{"user", name},
                                        {"vhost", vhost},
                                        {"configure", texts.configure},
                                        {"write", texts.write},
                                        {"read", texts.read}});
        }
    }
    return list;
}

json::array topic_permissions_json(const Call& call, std::string_view of_user,
                                   std::string_view in_vhost) {
    json::array list;
    for (const auto& [name, user] : call.api().users().users()) {
        if (!of_user.empty() && name != of_user) continue;
        for (const auto& [vhost, access] : user.vhosts) {
            if (!in_vhost.empty() && vhost != in_vhost) continue;
            for (const auto& [exchange, topic] : access.topics)
                list.push_back(json::object{{"user", name},
                                            {"vhost", vhost},
                                            {"exchange", exchange},
                                            {"write", topic.texts.write},
                                            {"read", topic.texts.read}});
        }
    }
    return list;
}

namespace routes {

namespace {

bool vhost_and_user_exist(const CallRef& call) {
    return call->api().topology().find_vhost(call->part("vhost")) != nullptr &&
           call->api().users().find(call->part("user")) != nullptr;
}

// A change of users that has nothing to tell but that it is done.
void submit(const CallRef& call, auth::UserCommand command, bool existed) {
    if (const auto fault = auth::find_fault(command))
        return call->refuse_bad(std::string(fault->member) + " " + fault->text);
    call->api().desk().submit_user(std::move(command),
                                   [call, existed](const broker::TopologyOutcome& outcome) {
                                       respond_put(call, outcome, existed);
                                   });
}

const auth::VhostAccess* access_of(const CallRef& call) {
    return call->api().users().access(call->part("user"), call->part("vhost"));
}

}  // namespace

void list_permissions(const CallRef& call) {
    respond_list(call, permissions_json(*call, {}, {}), {"vhost", "user"});
}

void list_user_permissions(const CallRef& call) {
    if (call->api().users().find(call->part("user")) == nullptr) return call->refuse_not_found();
    respond_list(call, permissions_json(*call, call->part("user"), {}), {"vhost", "user"});
}

void get_permission(const CallRef& call) {
    const auto list = permissions_json(*call, call->part("user"), call->part("vhost"));
    if (list.empty()) return call->refuse_not_found();
    respond_object(call, list.front().get_object());
}

void put_permission(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"configure", "write", "read"});
    auth::PermissionPatterns patterns{body.text("configure", ""), body.text("write", ""),
                                      body.text("read", "")};
    if (!body.ok()) return;
    if (!vhost_and_user_exist(call)) return call->refuse_bad("vhost_or_user_not_found");
    const auto* access = access_of(call);
    submit(call, auth::SetPermissions{call->part("user"), call->part("vhost"), std::move(patterns)},
           access != nullptr && access->permissions.has_value());
}

void delete_permission(const CallRef& call) {
    const auto* access = access_of(call);
    if (access == nullptr || !access->permissions) return call->refuse_not_found();
    submit(call, auth::ClearPermissions{call->part("user"), call->part("vhost")}, true);
}

void list_topic_permissions(const CallRef& call) {
    respond_list(call, topic_permissions_json(*call, {}, {}), {"vhost", "user", "exchange"});
}

void list_user_topic_permissions(const CallRef& call) {
    if (call->api().users().find(call->part("user")) == nullptr) return call->refuse_not_found();
    respond_list(call, topic_permissions_json(*call, call->part("user"), {}),
                 {"vhost", "user", "exchange"});
}

// Of all exchanges, or of the one that the path names.
void get_topic_permission(const CallRef& call) {
    auto list = topic_permissions_json(*call, call->part("user"), call->part("vhost"));
    if (call->resource_has("exchange")) {
        json::array of_exchange;
        for (const auto& each : list)
            if (view(each.at("exchange").get_string()) == exchange_name_in(call->part("exchange")))
                of_exchange.push_back(each);
        list = std::move(of_exchange);
    }
    if (list.empty()) return call->refuse_not_found();
    respond_list(call, std::move(list), {"exchange"});
}

void put_topic_permission(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"exchange", "write", "read"});
    const std::string exchange = body.text("exchange", "");
    auth::TopicPatterns patterns{body.text("write", ""), body.text("read", "")};
    if (!body.ok()) return;
    if (!vhost_and_user_exist(call)) return call->refuse_bad("vhost_or_user_not_found");
    const auto* access = access_of(call);
    submit(call,
           auth::SetTopicPermissions{call->part("user"), call->part("vhost"), exchange,
                                     std::move(patterns)},
           access != nullptr && access->topics.contains(exchange));
}

void delete_topic_permission(const CallRef& call) {
    const auto* access = access_of(call);
    if (access == nullptr || access->topics.empty()) return call->refuse_not_found();
    std::optional<std::string> exchange;
    if (call->resource_has("exchange")) {
        exchange = exchange_name_in(call->part("exchange"));
        if (!access->topics.contains(*exchange)) return call->refuse_not_found();
    }
    submit(
        call,
        auth::ClearTopicPermissions{call->part("user"), call->part("vhost"), std::move(exchange)},
        true);
}

}  // namespace routes

}  // namespace warren::http
