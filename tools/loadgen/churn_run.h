#pragma once
// Creates and deletes connections, channels, queues or bindings, --churn-depth at once on each of
// --churn-connections, and tells how many the broker gets through and at what cost. Either lap
// after lap for some time, or --churn-count once: all of them created, then all deleted.
#include "outcome.h"

namespace loadgen {

Outcome run_churn(const Options& options);

}  // namespace loadgen
