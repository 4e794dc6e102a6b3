#pragma once
// libraft's raft.h, so that C++ can read it; included by raft_group.cpp alone. The header is C and
// states one thing about its structures in a way that C++ forbids: it defines a type inside sizeof,
// in a static assertion. The assertion is hidden while the header is read, and said again below.
#include <cstdbool>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#pragma push_macro("static_assert")
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define static_assert(condition, text) static_assert(true, text)
extern "C" {
#include <raft.h>
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
#pragma pop_macro("static_assert")

static_assert(RAFT_VERSION_NUMBER >= 2200, "the step function is used as libraft 0.22 has it");
// What was hidden: the fields that came after libraft froze its ABI fit in what it had set aside.
static_assert(offsetof(raft, reserved) + sizeof(raft::reserved) == sizeof(raft),
              "struct raft has outgrown its reserve");
