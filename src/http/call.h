#pragma once
// One request on its way to its answer: what was asked, by whom, and how to answer. Kept by
// whoever still owes the answer. One that is let go without an answer belongs to a node that stops.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amqp091/reply_code.h"
#include "auth/access_control.h"
#include "http/api.h"
#include "http/request.h"
#include "http/response.h"

namespace boost::json {
class value;
class object;
class array;
}  // namespace boost::json

namespace warren::http {

struct Resource;

class Call {
public:
    Call(Api& api, Request request, auth::Peer peer, Responder responder);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    Api& api() const { return api_; }
    const Request& request() const { return request_; }
    const auth::Peer& peer() const { return peer_; }
    // Who asks; empty where nobody needs to be known.
    const auth::Identity& user() const { return user_; }
    void set_user(auth::Identity user) { user_ = std::move(user); }
    // The resource, and what stands in the path for its ":name" parts, decoded.
    const Resource* resource() const { return resource_; }
    void set_resource(const Resource* resource, std::vector<std::string> parts);
    const std::string& part(std::string_view name) const;
    bool resource_has(std::string_view name) const;
    // Of the query: null if it is not there.
    const std::string* query(std::string_view name) const { return request_.target.find(name); }
    bool query_is_true(std::string_view name) const;

    // Each ends the call.
    void respond(Response response);
    void respond_status(unsigned status);
    void respond_json(const boost::json::value& value, unsigned status = 200);
    void respond_text(unsigned status, std::string json);
    // {"error":..., "reason":...}
    void refuse(unsigned status, std::string_view error, std::string_view reason);
    void refuse_bad(std::string_view reason) { refuse(400, "bad_request", reason); }
    void refuse_not_found() { refuse(404, "Object Not Found", "Not Found"); }
    void refuse_not_authorised(std::string_view reason) { refuse(401, "not_authorised", reason); }
    // As management tells what a channel would have been closed with.
    void refuse_for(const amqp091::AmqpError& error);

private:
    std::size_t place_of(std::string_view name) const;

    Api& api_;
    Request request_;
    auth::Peer peer_;
    Responder responder_;
    auth::Identity user_;
    const Resource* resource_ = nullptr;
    std::vector<std::string> parts_;
};

using CallRef = std::shared_ptr<Call>;

}  // namespace warren::http
