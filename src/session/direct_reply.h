#pragma once
// Direct reply-to (RabbitMQ, "Direct Reply-to"): a consumer of the pseudo-queue
// amq.rabbitmq.reply-to gets the replies to what its channel publishes, without any queue. The
// reply-to that responders see names the channel and holds a secret, so that nobody can guess it;
// the channel compares the whole name before it delivers.
//
//   amq.rabbitmq.reply-to.<connection id>.<channel>.<consumer number>.<128 random bits>     numbers
//   in hexadecimal
#include <optional>
#include <string>
#include <string_view>

#include "broker/queue/queue_commands.h"

namespace warren::session {

inline constexpr std::string_view direct_reply_queue = "amq.rabbitmq.reply-to";
inline constexpr std::string_view direct_reply_prefix = "amq.rabbitmq.reply-to.";

std::string direct_reply_name(const broker::ConsumerId& consumer);
// Whose name it is; nothing for a name of another shape.
std::optional<broker::ConsumerId> direct_reply_consumer(std::string_view name);

// Random text for names that must not be guessed: 22 characters of base64url, as in
// amq.gen-4nhSCjpV423QOEtm4Kirow.
std::string random_name_part();

}  // namespace warren::session
