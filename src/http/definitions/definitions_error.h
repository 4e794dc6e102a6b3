#pragma once
// Why definitions were refused, so that whoever wrote line 300 of the file finds it.
#include <cstddef>
#include <string>

namespace warren::http {

struct DefinitionsError {
    std::string file{};
    std::size_t line = 0;  // from 1; 0: not about a line
    std::string path{};    // "queues[17].arguments.x-message-ttl"; empty: not about a value
    std::string text{};    // what is wrong and what was expected

    // "definitions.json:300: queues[17].arguments.x-message-ttl: expected ..."
    std::string message() const;
};

}  // namespace warren::http
