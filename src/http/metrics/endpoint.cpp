#include "http/metrics/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "broker/topology/topology.h"
#include "http/access.h"
#include "http/call.h"
#include "http/gzip_source.h"
#include "http/metrics/families.h"
#include "http/metrics/node_metrics.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

namespace {

constexpr unsigned not_found = 404;
constexpr unsigned method_not_allowed = 405;

void respond_words(const CallRef& call, unsigned status, std::string words) {
    Response response{.status = status, .headers = {}, .body = std::move(words)};
    response.headers.emplace_back("content-type", "text/plain");
    call->respond(std::move(response));
}

bool takes_gzip(const Call& call) {
    const auto accepted = call.request().header("accept-encoding");
    return accepted && accepted->find("gzip") != std::string_view::npos;
}

void respond(const CallRef& call, std::shared_ptr<Exposition> exposition) {
    Response response;
    response.headers.emplace_back("content-type", "text/plain; version=0.0.4");
    response.source = [exposition](std::string& piece) { return exposition->write_piece(piece); };
    if (call->api().settings().metrics.compresses && takes_gzip(*call)) {
        response.headers.emplace_back("content-encoding", "gzip");
        response.source = gzipped(std::move(response.source));
    }
    call->respond(std::move(response));
}

void write_totals(const CallRef& call) {
    gather_totals(call->api(), [call](SnapshotRef snapshot) {
        respond(call, all_families(call->api(), snapshot, "aggregated"));
    });
}

void write_objects(const CallRef& call) {
    gather_objects(call->api(), Selection{}, [call](SnapshotRef snapshot) {
        respond(call, all_families(call->api(), snapshot, "per-object"));
    });
}

void write_default(const CallRef& call) {
    if (call->api().settings().metrics.per_object) return write_objects(call);
    write_totals(call);
}

std::vector<std::string> values_of(const Call& call, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : call.request().target.query)
        if (key == name) values.push_back(value);
    return values;
}

void write_detailed(const CallRef& call) {
    const auto families = values_of(*call, "family");
    gather_objects(call->api(), selection_for(families, values_of(*call, "vhost")),
                   [call, families](SnapshotRef snapshot) {
                       respond(call, some_families(call->api(), snapshot, families));
                   });
}

void write_memory_breakdown(const CallRef& call) {
    gather_totals(call->api(), [call](SnapshotRef snapshot) {
        auto exposition = std::make_shared<Exposition>("rabbitmq_");
        add_memory_breakdown(*exposition, snapshot);
        add_identity(*exposition, call->api(), "memory-breakdown");
        respond(call, exposition);
    });
}

// What comes behind the path that is configured; nothing if it is another one.
std::optional<std::span<const std::string>> path_below(const Request& request, const Target& base) {
    const std::span<const std::string> path = request.target.path;
    if (path.size() < base.path.size() ||
        !std::ranges::equal(base.path, path.first(base.path.size())))
        return std::nullopt;
    return path.subspan(base.path.size());
}

Handler writer_for(std::span<const std::string> path) {
    if (path.empty()) return write_default;
    if (path.size() > 1) return nullptr;
    if (path.front() == "default") return write_default;
    if (path.front() == "per-object") return write_objects;
    if (path.front() == "detailed") return write_detailed;
    if (path.front() == "memory-breakdown") return write_memory_breakdown;
    return nullptr;
}

}  // namespace

void Endpoint::handle(Request request, const auth::Peer& peer, Responder responder) {
    auto call = std::make_shared<Call>(api_, std::move(request), peer, std::move(responder));
    const Target base = parse_target(api_.settings().metrics.path).value_or(Target{});
    const auto path = path_below(call->request(), base);
    if (!path) return call->refuse_not_found();
    const Handler write = writer_for(*path);
    if (write == nullptr) return respond_words(call, not_found, "Unknown Registry");
    const Method method = call->request().method;
    if (method == Method::options) return call->respond({});
    if (method != Method::get && method != Method::head)
        return call->respond_status(method_not_allowed);
    const bool needs_login = api_.settings().metrics.needs_login;
    authorize(call, needs_login ? Need::monitoring : Need::nothing, write);
}

}  // namespace warren::http::metrics
