#pragma once
// Where storage lets things be done that a shard must not wait for. One lane is one thread (or, in
// simulations, a list that is worked off by hand).
#include <functional>

namespace warren::storage {

class Background {
public:
    using Work = std::move_only_function<void()>;

    // `work` runs off the shard; when it has returned, `done` runs on the shard that submitted.
    // Both in the order of submission. Called on the shard.
    virtual void submit(Work work, Work done) = 0;
    // The work before has needed much memory that nothing will need again soon.
    virtual void release_memory() {}

protected:
    ~Background() = default;
};

}  // namespace warren::storage
