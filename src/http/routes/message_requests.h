#pragma once
// What requests about messages of a queue say: of which queue, which messages, where to begin. For
// .cpp files: includes Boost.JSON.
#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/queue/queue_commands.h"
#include "broker/topology/vhost.h"
#include "http/json_support.h"
#include "http/messages/message_filter.h"

namespace warren::http {

std::optional<std::int64_t> whole_number(std::string_view text);

// Each says false, or null, when it has refused the call.
// The member `filter`, if there is one.
bool read_filter(const CallRef& call, Body& body, MessageFilter& filter);
// Where to begin: `from` as an answer has said it, or the `offset` of a stream.
bool read_begin(const CallRef& call, Body& body, bool is_stream, broker::PeekCursor& cursor);
// The queue in the path, if the user may read it.
const broker::QueueRecord* readable_queue(const CallRef& call);

}  // namespace warren::http
