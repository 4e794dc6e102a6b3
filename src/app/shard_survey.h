#pragma once
// The part of an observer's question that one shard answers: goes there, looks at a piece a turn,
// and comes back with what it has found.
#include <memory>

#include "runtime/shard.h"

namespace warren::app {

class ShardSurvey {
public:
    virtual ~ShardSurvey() = default;

    static void start(std::unique_ptr<ShardSurvey> survey, runtime::Shard& asked,
                      runtime::Shard& observer);

private:
    // On the shard that is asked, once a turn. False: there is no more.
    virtual bool look_at_some() = 0;
    // On the observer's shard, once.
    virtual void hand_over() = 0;
};

}  // namespace warren::app
