#pragma once
// Who knows whether a message comes to an exchange for the second time: the home shard of the
// exchanges of type x-message-deduplication of a vhost, where alone messages are routed that such
// an exchange can be reached by.
#include "amqp091/content_header.h"

namespace warren::broker {

struct ExchangeRecord;

class Deduplicator {
public:
    // Asked while a message is routed, once for each such exchange that it reaches. If it is no
    // duplicate, it is the original from now on.
    virtual bool is_duplicate(const ExchangeRecord& exchange,
                              const amqp091::ContentHeader& header) = 0;

protected:
    ~Deduplicator() = default;
};

}  // namespace warren::broker
