// Definitions files: any text is either read whole or refused with the line of a fault. What is
// read is applied, and then read again over what is there, which must be accepted too; so must be
// what is exported then.
#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "base/ensure.h"
#include "http/definitions/definitions.h"
#include "http/definitions/definitions_writer.h"

namespace {

using namespace warren;

class IgnoringObserver final : public broker::TopologyObserver {};

void apply(const http::Definitions& definitions, broker::Topology& topology,
           auth::UserTable& users) {
    IgnoringObserver observer;
    for (const auto& definition : definitions.commands) {
        if (const auto* command = std::get_if<auth::UserCommand>(&definition.command))
            ENSURE(users.apply(*command));
        else  // a binding may still be refused by its exchange, such as a weight that is no number
            std::ignore =
                topology.apply(std::get<broker::TopologyCommand>(definition.command), observer);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    broker::Topology topology;
    auth::UserTable users;
    const auto definitions = http::parse_definitions("f.json", text, {topology, users});
    if (!definitions) {
        const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
        ENSURE(definitions.error().line >= 1 && definitions.error().line <= lines);
        return 0;
    }
    apply(*definitions, topology, users);
    ENSURE(http::parse_definitions("f.json", text, {topology, users}));
    const std::string exported = http::export_definitions(topology, users, {});
    ENSURE(http::parse_definitions("e.json", exported, {topology, users}));
    return 0;
}
