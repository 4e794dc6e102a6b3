#pragma once
// The part of an observer's question that one shard answers: goes there, looks at a piece a turn,
// and comes back with what it has found.
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/shard.h"

namespace warren::app {

// What the shards have answered so far; on the observer's shard.
template <typename Answer>
struct Gathering {
    std::size_t shards_left = 0;
    Answer answer{};
    std::move_only_function<void(Answer)> then;

    void shard_done() {
        if (--shards_left == 0) std::exchange(then, nullptr)(std::move(answer));
    }
};

class ShardSurvey {
public:
    virtual ~ShardSurvey() = default;

    static void start(std::unique_ptr<ShardSurvey> survey, runtime::Shard& asked,
                      runtime::Shard& observer);

    // One survey a shard, null for those that have nothing to answer.
    template <typename Survey, typename Source, typename Answer>
    static void start_all(std::vector<std::unique_ptr<Survey>> surveys,
                          const std::vector<Source>& sources, runtime::Shard& observer,
                          const std::shared_ptr<Gathering<Answer>>& sum) {
        for (const auto& survey : surveys)
            sum->shards_left += survey == nullptr ? 0 : 1;
        if (sum->shards_left == 0) {
            sum->shards_left = 1;
            observer.post_from_any_thread([sum] { sum->shard_done(); });
            return;
        }
        for (std::size_t shard = 0; shard < surveys.size(); ++shard)
            if (surveys[shard] != nullptr)
                start(std::move(surveys[shard]), *sources[shard].shard, observer);
    }

private:
    // On the shard that is asked, once a turn. False: there is no more.
    virtual bool look_at_some() = 0;
    // On the observer's shard, once.
    virtual void hand_over() = 0;
};

}  // namespace warren::app
