#include "http/access.h"

#include <algorithm>

#include "auth/password_hash.h"
#include "base/log.h"
#include "broker/topology/topology.h"

namespace warren::http {

namespace {

void refuse_unauthenticated(const CallRef& call) {
    Response response{.status = 401, .headers = {}, .body = {}};
    response.headers.emplace_back("www-authenticate", "Basic realm=\"RabbitMQ Management\"");
    call->respond(std::move(response));
}

// The vhost that the path names, if it exists: what does not exist is not found, and not refused.
bool may_enter(const Call& call) {
    const std::string& vhost = call.part("vhost");
    if (call.api().topology().find_vhost(vhost) == nullptr) return true;
    return enters_vhost(call, vhost);
}

enum class Verdict : std::uint8_t {
    allowed,
    not_management,
    not_monitor,
    not_policymaker,
    not_administrator,
    not_in_vhost
};

std::string_view words_for(Verdict verdict) {
    switch (verdict) {
        case Verdict::allowed:
            break;
        case Verdict::not_management:
            return "Not management user";
        case Verdict::not_monitor:
            return "Not monitor user";
        case Verdict::not_policymaker:
            return "User not authorised to access object";
        case Verdict::not_administrator:
            return "Not administrator user";
        case Verdict::not_in_vhost:
            return "User not authorised to access virtual host";
    }
    return {};
}

Verdict judge(const Call& call, Need need) {
    const auth::Identity& user = call.user();
    if (need != Need::nothing && !may_manage(user)) return Verdict::not_management;
    switch (need) {
        case Need::nothing:
        case Need::management:
            break;
        case Need::monitoring:
            return may_monitor(user) ? Verdict::allowed : Verdict::not_monitor;
        case Need::policymaker:
            return may_make_policies(user) ? Verdict::allowed : Verdict::not_policymaker;
        case Need::administrator:
            return may_administrate(user) ? Verdict::allowed : Verdict::not_administrator;
        case Need::vhost:
            return may_enter(call) ? Verdict::allowed : Verdict::not_in_vhost;
        case Need::visible_vhost:
            return may_monitor(user) || may_enter(call) ? Verdict::allowed : Verdict::not_in_vhost;
        case Need::owner:
            return may_administrate(user) ? Verdict::allowed : Verdict::not_administrator;
        case Need::policy_vhost:
            if (!may_make_policies(user)) return Verdict::not_policymaker;
            return may_enter(call) ? Verdict::allowed : Verdict::not_in_vhost;
    }
    return Verdict::allowed;
}

broker::Actor actor_of(const Call& call) {
    return {.user = call.user().username,
            .address = call.request().client_address,
            .protocol = call.api().settings().protocol};
}

// What the handler changes, now and in answer to what it asks, is this user's doing.
void act(const CallRef& call, std::move_only_function<void(const CallRef&)> handler) {
    QuestionDesk& desk = call->api().desk();
    auto before = desk.act_for(std::make_shared<const broker::Actor>(actor_of(*call)));
    handler(call);
    desk.act_for(std::move(before));
}

bool has_any_tag(const auth::Identity& user, std::initializer_list<std::string_view> tags) {
    return std::ranges::any_of(tags, [&](std::string_view tag) { return user.has_tag(tag); });
}

}  // namespace

std::optional<auth::Credentials> basic_credentials(std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (authorization.size() < scheme.size() ||
        !std::ranges::equal(
            authorization.substr(0, scheme.size()), scheme, {},
            [](char letter) { return static_cast<char>(letter | 0x20); },
            [](char letter) { return static_cast<char>(letter | 0x20); }))
        return std::nullopt;
    authorization.remove_prefix(scheme.size());
    const auto decoded = auth::decode_base64(authorization);
    if (!decoded) return std::nullopt;
    const std::size_t colon = decoded->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return auth::Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

bool may_manage(const auth::Identity& user) {
    return has_any_tag(user, {"administrator", "monitoring", "policymaker", "management"});
}

bool may_monitor(const auth::Identity& user) {
    return has_any_tag(user, {"administrator", "monitoring"});
}

bool may_make_policies(const auth::Identity& user) {
    return has_any_tag(user, {"administrator", "policymaker"});
}

bool may_administrate(const auth::Identity& user) {
    return user.has_tag("administrator");
}

bool enters_vhost(const Call& call, std::string_view vhost) {
    return may_administrate(call.user()) ||
           call.api().access().allow_vhost(call.user(), vhost).has_value();
}

bool sees_vhost(const Call& call, std::string_view vhost) {
    return may_monitor(call.user()) || enters_vhost(call, vhost);
}

void note(const Call& call, const broker::Deed& deed) {
    call.api().node().note(actor_of(call), deed);
}

// Later, so that passwords cannot be tried at speed.
void refuse_login(const CallRef& call, std::string_view why, std::string_view user) {
    Api& api = call->api();
    api.auth_attempts().count_http(call->request().client_host, user, auth::LoginOutcome::failed);
    api.node().note({.user = std::string(user),
                     .address = call->request().client_address,
                     .protocol = api.settings().protocol},
                    {.action = "refused", .kind = "login", .reason = why});
    log::warning(log::user, "HTTP access denied: {}", why);
    api.delays().after_ms(api.settings().refusal_delay_ms,
                          [call] { call->refuse(401, "not_authorized", "Not_Authorized"); });
}

void authorize(const CallRef& call, Need need, std::move_only_function<void(const CallRef&)> then) {
    if (need == Need::nothing) return then(call);
    Api& api = call->api();
    if (need == Need::owner && !api.settings().is_control) return call->refuse_not_found();
    const auto header = call->request().header("authorization");
    if (!header || !api.settings().basic_auth) return refuse_unauthenticated(call);
    const auto credentials = basic_credentials(*header);
    if (!credentials) return refuse_login(call, "the credentials cannot be read");
    enter(call, *credentials, need, std::move(then));
}

void enter(const CallRef& call, const auth::Credentials& credentials, Need need,
           std::move_only_function<void(const CallRef&)> then) {
    Api& api = call->api();
    auto user = api.access().login(credentials, call->peer());
    if (!user) return refuse_login(call, user.error(), credentials.username);
    // Who works on the node's machine has been let in by the system.
    if (!api.settings().is_control)
        api.auth_attempts().count_http(call->request().client_host, credentials.username,
                                       auth::LoginOutcome::succeeded);
    call->set_user(std::move(*user));
    const Verdict verdict = judge(*call, need);
    if (verdict == Verdict::allowed) return act(call, std::move(then));
    log::warning(log::user, "HTTP access denied: user '{}' - {}", credentials.username,
                 words_for(verdict));
    // A vhost that is closed to the user is to look like one that is not there.
    if (verdict == Verdict::not_in_vhost) return call->refuse(404, "not_found", "Not Found");
    call->refuse_not_authorised(words_for(verdict));
}

}  // namespace warren::http
