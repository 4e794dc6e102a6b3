#pragma once
// Connections, channels and consumers as RabbitMQ shows them. For .cpp files: includes Boost.JSON.
#include <string>

#include "http/json_support.h"
#include "http/routes/session_names.h"
#include "http/shard_reports.h"

namespace warren::http {

// Without statistics only what does not change.
json::object connection_json(const Call& call, const session::ConnectionReport& connection,
                             bool statistics);
json::object channel_json(const Call& call, const session::ChannelReport& channel, bool statistics);
json::object consumer_json(const Api& api, const ConsumerReport& consumer);
json::object channel_details(const Api& api, const session::ConnectionFacts& connection,
                             ChannelId channel);
// What other objects show of the connection that they belong to.
json::object connection_details(const session::ConnectionFacts& connection);

// What a cipher of that name is made of, as RabbitMQ tells it: "ecdhe_rsa", "aes_256_gcm", "aead".
struct CipherParts {
    std::string key_exchange;
    std::string cipher;
    std::string hash;
};
CipherParts cipher_parts(std::string_view openssl_name);

}  // namespace warren::http
