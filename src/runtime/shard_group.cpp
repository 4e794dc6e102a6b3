#include "runtime/shard_group.h"

#include <future>
#include <latch>
#include <utility>

#include "base/ensure.h"

namespace warren::runtime {

ShardGroup::ShardGroup(std::size_t shard_count, bool pin) {
    for (std::size_t index = 0; index < shard_count; ++index) {
        ShardOptions options{.id = {static_cast<std::uint16_t>(index)}, .processor = std::nullopt};
        if (pin) options.processor = static_cast<unsigned>(index);
        shards_.push_back(std::make_unique<Shard>(options));
    }
}

void ShardGroup::start(std::function<void(Shard&)> setup) {
    ENSURE(!running_);
    running_ = true;
    std::latch running(static_cast<std::ptrdiff_t>(shards_.size()));
    for (auto& shard : shards_)
        shard->start([&, &owner = *shard] {
            setup(owner);
            running.count_down();
        });
    running.wait();
}

void ShardGroup::run_on_each(const std::function<void(Shard&)>& function) {
    for (auto& shard : shards_) {
        std::promise<void> done;
        const std::future<void> is_done = done.get_future();
        shard->post_from_any_thread([&function, &owner = *shard, done = std::move(done)]() mutable {
            function(owner);
            done.set_value();
        });
        is_done.wait();
    }
}

void ShardGroup::stop() {
    if (!std::exchange(running_, false)) return;
    for (auto& shard : shards_)
        shard->stop();
    for (auto& shard : shards_)
        shard->join();
}

}  // namespace warren::runtime
