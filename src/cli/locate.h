#pragma once
// Which node is meant, where its data folder is, and how it is reached over the network: found in
// the way in which a server started with the same environment finds its own.
#include <string>
#include <string_view>

#include "app/config/environment.h"
#include "base/result.h"
#include "cli/link.h"

namespace warren::cli {

struct NodePlace {
    std::string name;  // rabbit@host
    std::string data_folder;
    bool is_named = false;      // by -n: the folder must be that node's
    bool is_elsewhere = false;  // its host is not this machine
    LinkPlace link;             // if the folder does not lead to it
};

struct PlaceWishes {
    std::string_view node;         // -n; empty: as the environment says
    std::string_view data_folder;  // --data-dir; empty: likewise
    bool long_names = false;
    std::string_view cookie;  // --erlang-cookie
    std::string_view port;    // --dist-port
    bool tls = false;
    net::TlsSettings tls_settings{};
};

// The error says what is wrong with the name, the port or the file of variables.
Result<NodePlace, std::string> locate_node(config::Environment environment,
                                           const PlaceWishes& wishes, const std::string& root);

}  // namespace warren::cli
