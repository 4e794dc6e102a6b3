#include "http/call.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/ensure.h"
#include "http/router.h"

namespace warren::http {

namespace json = boost::json;

Call::Call(Api& api, Request request, auth::Peer peer, Responder responder)
    : api_(api),
      request_(std::move(request)),
      peer_(std::move(peer)),
      responder_(std::move(responder)) {}

Call::~Call() = default;

void Call::set_resource(const Resource* resource, std::vector<std::string> parts) {
    resource_ = resource;
    parts_ = std::move(parts);
}

std::size_t Call::place_of(std::string_view name) const {
    ENSURE(resource_ != nullptr);
    std::size_t index = 0;
    for (std::string_view rest = resource_->path; !rest.empty();) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string_view word = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!word.starts_with(':')) continue;
        if (word.substr(1) == name) return index;
        ++index;
    }
    return parts_.size();
}

bool Call::resource_has(std::string_view name) const {
    return place_of(name) < parts_.size();
}

const std::string& Call::part(std::string_view name) const {
    const std::size_t place = place_of(name);
    ENSURE(place < parts_.size());
    return parts_[place];
}

bool Call::query_is_true(std::string_view name) const {
    const std::string* value = query(name);
    return value != nullptr && *value == "true";
}

void Call::respond(Response response) {
    ENSURE(responder_);
    api_.add_common_headers(*this, response);
    api_.compress(*this, response);
    std::exchange(responder_, nullptr)(std::move(response));
}

void Call::respond_status(unsigned status) {
    respond({.status = status, .headers = {}, .body = {}});
}

void Call::respond_text(unsigned status, std::string text) {
    Response response{.status = status, .headers = {}, .body = std::move(text)};
    response.headers.emplace_back("content-type", "application/json");
    respond(std::move(response));
}

void Call::respond_json(const json::value& value, unsigned status) {
    respond_text(status, json::serialize(value));
}

void Call::refuse(unsigned status, std::string_view error, std::string_view reason) {
    respond_json(json::object{{"error", error}, {"reason", reason}}, status);
}

void Call::refuse_for(const amqp091::AmqpError& error) {
    if (error.code == amqp091::ReplyCode::access_refused)
        return refuse_not_authorised("Access refused.");
    if (error.code == amqp091::ReplyCode::not_found) return refuse_not_found();
    refuse_bad(error.text);
}

}  // namespace warren::http
