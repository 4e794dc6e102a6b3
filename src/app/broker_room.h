#pragma once
// What lives on one shard of a node that holds queues. For broker_node's own files.
#include "app/broker_node.h"
#include "app/shard_storage.h"

namespace warren::app {

struct BrokerNode::ShardRoom {
    ShardRoom(runtime::Shard& shard, ShardMail& mail, const cluster::ShardLayout& layout,
              const config::Config& config)
        : storage(shard),
          unit(shard, mail, layout, config, storage.store_lane()),
          factory(unit, config.auth),
          registry(shard, factory) {
        unit.add_first_hooks();
        shard.add_hook(registry);
        unit.add_last_hooks();
    }

    ShardStorage storage;
    ShardUnit unit;
    AmqpSessionFactory factory;
    net::ConnectionRegistry registry;
};

}  // namespace warren::app
