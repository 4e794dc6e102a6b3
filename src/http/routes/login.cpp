// /api/login and /api/auth, by which the web pages find out whether a name and a password are
// right.
#include "auth/password_hash.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr unsigned unsupported_media_type = 415;
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

}  // namespace

void log_in(const CallRef& call) {
    const Request& request = call->request();
    if (!request.header("content-type").value_or(form_type).starts_with(form_type))
        return call->respond_status(unsupported_media_type);
    // The body of a form is written like the query of a target.
    const auto form = parse_target("/?" + request.body);
    const std::string* name = form ? form->find("username") : nullptr;
    const std::string* password = form ? form->find("password") : nullptr;
    if (name == nullptr || password == nullptr)
        return refuse_login(call, "the form has no name or no password");
    const std::string token = auth::encode_base64(*name + ":" + *password);
    enter(call, {*name, *password}, Need::management, [token](const CallRef& known) {
        const auth::Identity& user = known->user();
        known->respond_json(
            json::object{{"user", json::object{{"name", user.username},
                                               {"tags", to_json(user.tags)},
                                               {"is_internal_user", true}}},
                         {"token", json::object{{"type", "basic"}, {"value", token}}}});
    });
}

// How the web pages are to ask for a login: RabbitMQ up to 4.1 tells them here.
void get_login_settings(const CallRef& call) {
    call->respond_json(json::object{{"oauth_enabled", false}});
}

// Nothing is kept of who has logged in.
void log_out(const CallRef& call) {
    call->respond_status(204);
}

}  // namespace warren::http::routes
