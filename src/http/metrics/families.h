#pragma once
// From what the node knows to an answer: gathers a snapshot, and puts families of metrics together.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/api.h"
#include "http/metrics/exposition.h"
#include "http/metrics/gather_objects.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

using Gathered = std::move_only_function<void(SnapshotRef)>;

void gather_totals(Api& api, Gathered then);
// What is selected, one by one. There is a bound to the samples that come of it.
void gather_objects(Api& api, Selection selection, Gathered then);
// What must be gathered for these families.
Selection selection_for(const std::vector<std::string>& families, std::vector<std::string> vhosts);

// `endpoint` is what the answer calls itself.
std::shared_ptr<Exposition> all_families(Api& api, const SnapshotRef& snapshot,
                                         std::string_view endpoint);
// Those named, if there are such, under the names of /metrics/detailed.
std::shared_ptr<Exposition> some_families(Api& api, const SnapshotRef& snapshot,
                                          const std::vector<std::string>& names);

}  // namespace warren::http::metrics
