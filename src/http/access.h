#pragma once
// Who asks, and whether they may: HTTP Basic credentials and RabbitMQ's tags.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/sasl/mechanism.h"
#include "http/call.h"
#include "http/router.h"

namespace warren::http {

// From "Basic Z3Vlc3Q6Z3Vlc3Q="; nothing if it is not that.
std::optional<auth::Credentials> basic_credentials(std::string_view authorization);

// Goes on with `then` if the user may, and otherwise refuses the call, with a delay if the
// credentials are wrong.
void authorize(const CallRef& call, Need need, std::move_only_function<void(const CallRef&)> then);
// The same with credentials that came in another way.
void enter(const CallRef& call, const auth::Credentials& credentials, Need need,
           std::move_only_function<void(const CallRef&)> then);
// For the audit log: the user of the call has done it.
void note(const Call& call, const broker::Deed& deed);
// Late, counted and logged.
void refuse_login(const CallRef& call, std::string_view why, std::string_view user = {});

// The tags include those above them: an administrator may do everything.
bool may_manage(const auth::Identity& user);
bool may_monitor(const auth::Identity& user);
bool may_make_policies(const auth::Identity& user);
bool may_administrate(const auth::Identity& user);

// Whether what is in the vhost is shown to the user: to those who may enter it, and to
// administrators. What they do in there takes permissions all the same.
bool enters_vhost(const Call& call, std::string_view vhost);
// Whether the vhost itself is, with its clients: to those who monitor, too.
bool sees_vhost(const Call& call, std::string_view vhost);

}  // namespace warren::http
