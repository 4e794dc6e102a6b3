#pragma once
// Creates and deletes connections, channels, queues or bindings for some time, --churn-depth at
// once, and tells how many the broker gets through and at what cost.
#include "outcome.h"

namespace loadgen {

Outcome run_churn(const Options& options);

}  // namespace loadgen
