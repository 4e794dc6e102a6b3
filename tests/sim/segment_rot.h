#pragma once
// Bits that go wrong in segment files.
#include <string>

#include "base/prng.h"
#include "tests/sim/engine_rig.h"

namespace warren::sim {

// Flips a bit in an entry of some segment file, its row in the index or its body, and tells the
// ledger which entries that may cost. Says what it did.
std::string rot_segment(EngineRig& rig, Prng& prng);

}  // namespace warren::sim
