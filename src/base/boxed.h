#pragma once
// A value kept apart: what is large and rare among the alternatives of a variant, so that the
// variant stays as small as what is frequent. Reads and moves like the value itself; never empty
// but for having been moved from.
#include <memory>
#include <utility>

namespace warren {

template <typename Value>
class Boxed {
public:
    // Implicit: a variant that holds Boxed<Value> takes a Value.
    Boxed(Value value) : value_(std::make_unique<Value>(std::move(value))) {}

    const Value& operator*() const& { return *value_; }
    Value&& operator*() && { return std::move(*value_); }
    // Implicit: who takes a Value takes what is in the box.
    operator Value&&() && { return std::move(*value_); }

private:
    std::unique_ptr<Value> value_;
};

// What a visitor of such a variant wants to see: the value, boxed or not. Whoever asks a type what
// it is or has, asks this one.
template <typename Value>
Value&& unboxed(Value&& value) {
    return std::forward<Value>(value);
}
template <typename Value>
const Value& unboxed(const Boxed<Value>& box) {
    return *box;
}
template <typename Value>
Value&& unboxed(Boxed<Value>&& box) {
    return *std::move(box);
}

}  // namespace warren
