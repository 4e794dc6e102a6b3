// /api/definitions, of the node and of one vhost: the export.
#include <fmt/format.h>

#include "http/definitions/definitions_writer.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

ExportOrigin origin_of(const Api& api) {
    const auto& facts = api.facts();
    return {.product_name = facts.product_name,
            .product_version = facts.product_version,
            .rabbitmq_version = facts.compatible_version,
            .cluster_name = api.cluster_name()};
}

// With ?download=NAME a browser keeps it as a file.
void respond_export(const CallRef& call, std::string text) {
    Response response{.status = 200, .headers = {}, .body = std::move(text)};
    response.headers.emplace_back("content-type", "application/json");
    if (const std::string* name = call->query("download"))
        response.headers.emplace_back(
            "content-disposition", fmt::format("attachment; filename={}", percent_encoded(*name)));
    call->respond(std::move(response));
}

}  // namespace

void get_definitions(const CallRef& call) {
    const Api& api = call->api();
    respond_export(call, export_definitions(api.topology(), api.users(), origin_of(api)));
}

void get_vhost_definitions(const CallRef& call) {
    const Api& api = call->api();
    const auto* vhost = api.topology().find_vhost(call->part("vhost"));
    if (vhost == nullptr) return call->refuse_not_found();
    respond_export(call, export_vhost_definitions(*vhost, origin_of(api)));
}

}  // namespace warren::http::routes
