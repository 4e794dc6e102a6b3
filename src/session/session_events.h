#pragma once
// What sessions tell the event exchange, with RabbitMQ's names: connections, channels, consumers
// and logins that come and go. Nothing is made if nobody listens.
#include <cstdint>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::session {

class Channel;
class Connection;
struct ChannelConsumer;

void tell_login(const Connection& connection);
// The audit log hears of it too.
void tell_refused_login(const Connection& connection, std::string_view user, std::string_view why);
void tell_connection_created(const Connection& connection);
void tell_connection_closed(const Connection& connection);
void tell_channel_created(const Channel& channel);
void tell_channel_closed(const Channel& channel);

struct ConsumerNews {
    std::string_view tag;
    std::string_view queue;
    bool acknowledges = true;
    bool exclusive = false;
    std::uint32_t prefetch = 0;
    const amqp091::FieldTable& arguments;
};
void tell_consumer_created(const Channel& channel, const ConsumerNews& consumer);
void tell_consumer_deleted(const Channel& channel, const ChannelConsumer& consumer);

}  // namespace warren::session
