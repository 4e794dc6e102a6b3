#pragma once
// Runs something on this shard after a time.
#include <cstdint>
#include <functional>

namespace warren::http {

class Delays {
public:
    virtual void after_ms(std::int64_t ms, std::move_only_function<void()> work) = 0;

protected:
    ~Delays() = default;
};

}  // namespace warren::http
