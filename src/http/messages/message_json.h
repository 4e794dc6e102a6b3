#pragma once
// A message as JSON. For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "broker/message.h"

namespace warren::http {

// The properties in a content header, as RabbitMQ shows them: an empty list if there are none.
boost::json::value properties_json(ByteView header);

struct PayloadForm {
    bool base64 = false;                   // else only what is no UTF-8
    std::optional<std::int64_t> cut_at{};  // bytes
};
// "payload_bytes", "exchange", "routing_key", "properties", "payload" and "payload_encoding".
boost::json::object message_json(const broker::Message& message, const PayloadForm& form);

}  // namespace warren::http
