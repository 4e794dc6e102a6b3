#pragma once
// A dead letter on its way back to the queue in which it died first, as it was before it died: the
// same exchange, routing key and headers, without the story of its deaths.
#include <optional>
#include <string>

#include "broker/message.h"

namespace warren::http {

struct Redriven {
    std::string queue;  // x-first-death-queue
    broker::MessageRef message;
};

// Nothing if it does not say where it died.
std::optional<Redriven> redriven(const broker::Message& message);

}  // namespace warren::http
