#include "http/definitions/definitions_error.h"

namespace warren::http {

std::string DefinitionsError::message() const {
    std::string message = file;
    if (line != 0) message += ':' + std::to_string(line);
    message += ": ";
    if (!path.empty()) message += path + ": ";
    return message + text;
}

}  // namespace warren::http
