#include "runtime/gate.h"

#include <gtest/gtest.h>

namespace warren::runtime {
namespace {

TEST(gate, waits_for_those_inside) {
    Gate gate;
    bool empty = false;
    auto first = gate.enter();
    auto second = gate.enter();
    gate.close([&] { empty = true; });
    first.reset();
    EXPECT_FALSE(empty);
    second.reset();
    EXPECT_TRUE(empty);
}

TEST(gate, is_empty_at_once_when_nobody_is_inside) {
    Gate gate;
    bool empty = false;
    {
        auto gone = gate.enter();
    }
    gate.close([&] { empty = true; });
    EXPECT_TRUE(empty);
}

TEST(gate, lets_nobody_in_once_closed) {
    Gate gate;
    gate.close([] {});
    EXPECT_FALSE(gate.enter().has_value());
}

TEST(gate, a_moved_pass_counts_once) {
    Gate gate;
    auto first = gate.enter();
    Gate::Pass moved = std::move(*first);
    first.reset();
    EXPECT_EQ(gate.inside(), 1u);
}

}  // namespace
}  // namespace warren::runtime
