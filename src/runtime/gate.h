#pragma once
// Stopping means closing the gate and waiting for those inside: work that outlives a call holds a
// Pass; once the gate is closed nobody enters, and when the last pass is given back the waiter is
// told. Lives on one shard; outlives its passes.
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/ensure.h"

namespace warren::runtime {

class Gate {
public:
    // Being inside. Move-only; leaves when destroyed.
    class Pass {
    public:
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&& other) noexcept {
            std::swap(gate_, other.gate_);
            return *this;
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() {
            if (gate_ != nullptr) gate_->leave();
        }

    private:
        friend class Gate;
        explicit Pass(Gate& gate) : gate_(&gate) { ++gate.inside_; }
        Gate* gate_;
    };

    Gate() = default;
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate() { ENSURE(inside_ == 0); }

    // Nothing once the gate is closed.
    std::optional<Pass> enter() {
        if (closed_) return std::nullopt;
        return Pass(*this);
    }
    // Calls when_empty once nobody is inside: perhaps before it returns. To be called once.
    void close(std::move_only_function<void()> when_empty) {
        ENSURE(!closed_);
        closed_ = true;
        when_empty_ = std::move(when_empty);
        if (inside_ == 0) std::exchange(when_empty_, nullptr)();
    }

    bool closed() const { return closed_; }
    std::size_t inside() const { return inside_; }

private:
    void leave() {
        if (--inside_ == 0 && closed_) std::exchange(when_empty_, nullptr)();
    }

    std::size_t inside_ = 0;
    bool closed_ = false;
    std::move_only_function<void()> when_empty_;
};

}  // namespace warren::runtime
