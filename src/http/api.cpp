#include "http/api.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "broker/topology/topology.h"
#include "http/access.h"
#include "http/call.h"
#include "http/gzip.h"
#include "http/router.h"
#include "http/routes/pages.h"
#include "http/statistics/rates.h"

namespace warren::http {

namespace {

constexpr unsigned ok = 200;
constexpr unsigned moved = 301;
constexpr unsigned bad_request = 400;
constexpr unsigned method_not_allowed = 405;
constexpr unsigned unsupported_media_type = 415;

bool is_json(std::string_view content_type) {
    return content_type.substr(0, content_type.find(';')) == "application/json";
}

// What comes behind the prefix.
std::optional<std::span<const std::string>> path_behind(const Target& prefix,
                                                        const Request& request) {
    const std::span<const std::string> path = request.target.path;
    if (path.size() <= prefix.path.size() ||
        !std::ranges::equal(prefix.path, path.first(prefix.path.size())))
        return std::nullopt;
    return path.subspan(prefix.path.size());
}

// A page or a resource. Command lines, on the control socket, have no use for pages.
std::optional<Match> find(std::span<const std::string> path, const ApiSettings& settings) {
    if (!settings.is_control)
        if (auto page = find_resource(page_table(), path)) return page;
    if (path.front() != "api") return std::nullopt;
    return find_resource(resource_table(), path.subspan(1));
}

}  // namespace

Api::Api(ApiParts parts, NodeFacts facts, ApiSettings settings)
    : parts_(std::move(parts)), facts_(std::move(facts)), settings_(std::move(settings)) {}

Api::~Api() = default;

void Api::handle(Request request, const auth::Peer& peer, Responder responder) {
    auto call = std::make_shared<Call>(*this, std::move(request), peer, std::move(responder));
    const Target prefix = parse_target(settings_.path_prefix).value_or(Target{});
    const auto path = path_behind(prefix, call->request());
    if (!path) return call->refuse_not_found();
    if (auto page = page_behind(*path, settings_.path_prefix); page && !settings_.is_control)
        return call->respond(
            {.status = moved, .headers = {{"location", std::move(*page)}}, .body = {}});
    auto match = find(*path, settings_);
    if (!match) return call->refuse_not_found();
    const Resource& resource = *match->resource;
    call->set_resource(&resource, std::move(match->parts));
    if (call->request().method == Method::options) return call->respond_status(ok);
    const Handler handler = handler_for(resource, call->request().method);
    if (handler == nullptr) return call->respond_status(method_not_allowed);
    const bool reads =
        call->request().method == Method::get || call->request().method == Method::head;
    if (!reads && resource.json_only && !call->request().body.empty() &&
        !is_json(call->request().header("content-type").value_or("application/json")))
        return call->respond_status(unsupported_media_type);
    authorize(call, reads ? resource.need : resource.need_to_change,
              [reads, handler](const CallRef& let_in) {
                  const auto wrong = reads ? statistics::wrong_ages(*let_in) : std::nullopt;
                  if (wrong) return let_in->refuse(bad_request, "invalid_range_parameters", *wrong);
                  handler(let_in);
              });
}

std::string Api::cluster_name() const {
    const auto& parameters = topology().global_parameters();
    const auto found = parameters.find("cluster_name");
    const std::string* name = found == parameters.end() ? nullptr : found->second.as_text();
    return name == nullptr ? facts_.cluster_name : *name;
}

std::string_view Api::date() {
    constexpr std::int64_t ms_per_s = 1000;
    const std::int64_t seconds = now().wall.ms / ms_per_s;
    if (seconds != date_s_) {
        date_s_ = seconds;
        const std::tm time = fmt::gmtime(static_cast<std::time_t>(seconds));
        date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", time);
    }
    return date_;
}

void Api::compress(const Call& call, Response& response) {
    constexpr std::size_t body_bytes_min = 300;
    if (settings_.is_control || response.body.size() < body_bytes_min ||
        !accepts_gzip(call.request().header("accept-encoding").value_or("")))
        return;
    auto packed = gzipped(response.body);
    if (!packed) return;
    response.body = std::move(*packed);
    response.headers.emplace_back("content-encoding", "gzip");
}

void Api::add_common_headers(const Call& call, Response& response) {
    auto& headers = response.headers;
    const bool read = response.status == ok && call.request().method != Method::options;
    if (call.resource() != nullptr && !settings_.hides_allow_header)
        headers.emplace_back("allow", allowed_methods(*call.resource()));
    headers.emplace_back("cache-control", read ? "no-cache" : "public, max-age=0, must-revalidate");
    if (!settings_.content_security_policy.empty())
        headers.emplace_back("content-security-policy", settings_.content_security_policy);
    headers.insert(headers.end(), settings_.extra_headers.begin(), settings_.extra_headers.end());
    headers.emplace_back("date", date());
    headers.emplace_back("server", facts_.product_name);
    headers.emplace_back("vary", "accept, accept-encoding, origin");
    const auto origin = call.request().header("origin");
    const auto allows = [&](const std::string& allowed) {
        return allowed == "*" || (origin && allowed == *origin);
    };
    if (!origin || std::ranges::none_of(settings_.cors_origins, allows)) return;
    headers.emplace_back("access-control-allow-origin", std::string(*origin));
    headers.emplace_back("access-control-allow-credentials", "true");
    if (call.request().method != Method::options) return;
    headers.emplace_back("access-control-max-age", std::to_string(settings_.cors_max_age_s));
    if (call.resource() != nullptr)
        headers.emplace_back("access-control-allow-methods", allowed_methods(*call.resource()));
    if (const auto wanted = call.request().header("access-control-request-headers"))
        headers.emplace_back("access-control-allow-headers", std::string(*wanted));
}

}  // namespace warren::http
