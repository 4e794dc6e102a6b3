#pragma once
// Which node is meant, and where its data folder is: found in the way in which a server started
// with the same environment finds its own.
#include <string>
#include <string_view>

#include "app/config/environment.h"
#include "base/result.h"

namespace warren::cli {

struct NodePlace {
    std::string name;  // rabbit@host
    std::string data_folder;
};

struct PlaceWishes {
    std::string_view node;         // -n; empty: as the environment says
    std::string_view data_folder;  // --data-dir; empty: likewise
    bool long_names = false;
};

// The error says what is wrong with the name or with the file of variables.
Result<NodePlace, std::string> locate_node(config::Environment environment,
                                           const PlaceWishes& wishes, const std::string& root);

}  // namespace warren::cli
