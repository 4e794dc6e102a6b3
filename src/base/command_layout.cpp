#include "base/command_layout.h"

#include <fmt/format.h>

namespace warren {

std::string UnreadableCommand::text() const {
    switch (reason) {
        case Reason::unknown_type:
            return fmt::format("command type {} is unknown to this version", type);
        case Reason::unknown_version:
            return fmt::format("command type {} has version {}, which this version cannot read",
                               type, version);
        case Reason::damaged:
            break;
    }
    return fmt::format("command of type {} is damaged", type);
}

}  // namespace warren
