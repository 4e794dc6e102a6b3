#pragma once
#include <vector>

#include "app/config/conf_syntax.h"
#include "app/config/config.h"

namespace warren::config {

// What single values cannot show: settings that need or exclude one another. `settings` serve to
// name file and line.
void check_consistency(const Config& config, const std::vector<Setting>& settings,
                       std::vector<ConfigError>& errors, std::vector<ConfigError>& warnings);

}  // namespace warren::config
