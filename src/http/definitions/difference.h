#pragma once
// What an import would do, without doing it: the definitions are tried on a copy of what exists.
#include <string>
#include <vector>

#include "base/result.h"
#include "http/definitions/definitions.h"

namespace warren::http {

struct DefinitionsDifference {
    // Labels: "queue 'q' in vhost '/'".
    std::vector<std::string> created;
    std::vector<std::string> changed;
    std::vector<std::string> unchanged;

    // "+ queue 'q' in vhost '/'", a line each; "~" for what is changed, nothing for the rest.
    std::string text() const;
};

// The error names the object that would be refused, and why.
Result<DefinitionsDifference, std::string> difference(const Definitions& definitions,
                                                      const ExistingObjects& existing);

}  // namespace warren::http
