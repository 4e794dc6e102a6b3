#pragma once
// Connections, channels and consumers as RabbitMQ shows them. For .cpp files: includes Boost.JSON.
#include <string>

#include "http/json_support.h"
#include "http/shard_reports.h"

namespace warren::http {

// "127.0.0.1:40470 -> 127.0.0.1:5672 (1)".
std::string channel_name(const session::ConnectionFacts& connection, ChannelId channel);

// Without statistics only what does not change.
json::object connection_json(const Api& api, const session::ConnectionReport& connection,
                             bool statistics);
json::object channel_json(const Api& api, const session::ChannelReport& channel, bool statistics);
json::object consumer_json(const Api& api, const ConsumerReport& consumer);
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
