// Definitions files: any text is either read whole or refused with the line of a fault. What is
// read is applied, and then read again over what is there, which must be accepted too.
#include <algorithm>
#include <string_view>

#include "app/definitions/definitions.h"
#include "base/bytes.h"
#include "base/ensure.h"

namespace {

using namespace warren;

class IgnoringObserver final : public broker::TopologyObserver {};

void apply(const app::Definitions& definitions, broker::Topology& topology,
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
    const auto definitions = app::parse_definitions("f.json", text, {topology, users});
    if (!definitions) {
        const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
        ENSURE(definitions.error().line >= 1 && definitions.error().line <= lines);
        return 0;
    }
    apply(*definitions, topology, users);
    ENSURE(app::parse_definitions("f.json", text, {topology, users}));
    return 0;
}
