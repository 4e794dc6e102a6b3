// GET /api/definitions, of the node and of one vhost.
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
            .cluster_name = facts.cluster_name};
}

}  // namespace

void get_definitions(const CallRef& call) {
    const Api& api = call->api();
    call->respond_text(200, export_definitions(api.topology(), api.users(), origin_of(api)));
}

void get_vhost_definitions(const CallRef& call) {
    const Api& api = call->api();
    const auto* vhost = api.topology().find_vhost(call->part("vhost"));
    if (vhost == nullptr) return call->refuse_not_found();
    call->respond_text(200, export_vhost_definitions(*vhost, origin_of(api)));
}

}  // namespace warren::http::routes
