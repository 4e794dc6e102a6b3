#pragma once
// Opens many connections, holds them without traffic, and tells what they cost the broker in memory
// and CPU.
#include "outcome.h"

namespace loadgen {

Outcome run_idle(const Options& options);

}  // namespace loadgen
