#include "session/server_properties.h"

#include "amqp091/field_table.h"
#include "session/session_context.h"

namespace warren::session {

using amqp091::FieldTable;

std::string server_properties(const NodeSettings& settings, std::string_view cluster_name) {
    const FieldTable capabilities{
        {"publisher_confirms", true},
        {"exchange_exchange_bindings", true},
        {"basic.nack", true},
        {"consumer_cancel_notify", true},
        {"connection.blocked", true},
        {"consumer_priorities", true},
        {"authentication_failure_close", true},
        {"per_consumer_qos", true},
        {"direct_reply_to", true},
    };
    return FieldTable{
        {"capabilities", capabilities},
        {"cluster_name", cluster_name},
        {"copyright", "Copyright the WarrenMQ authors. Licensed under the Apache License 2.0."},
        {"information", "WarrenMQ speaks the protocols of RabbitMQ"},
        {"platform", "WarrenMQ"},
        {"product", "RabbitMQ"},
        {"version", settings.product_version},
    }
        .encode();
}

}  // namespace warren::session
