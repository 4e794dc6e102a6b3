#pragma once
// The folder of trace files, as the observer's shard sees it. Names are those of files, never
// paths: see is_trace_name().
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/response.h"

namespace warren::http {

struct TraceFile {
    std::string name;
    std::uint64_t bytes = 0;
};

class TraceFiles {
public:
    // How long the file is now; or why it cannot be written.
    using Appended = Result<std::uint64_t, std::string>;

    // Makes the file if it is not there. Off the shard; `then` follows on it.
    virtual void append(const std::string& name, std::string text,
                        std::move_only_function<void(Appended)> then) = 0;
    // By name; none if there is no folder yet.
    virtual std::vector<TraceFile> list() const = 0;
    // What is in it now, piece by piece; nothing if there is no such file.
    virtual std::optional<BodySource> read(const std::string& name) const = 0;
    // False: there is no such file. A trace that goes on makes it anew.
    virtual bool remove(const std::string& name) = 0;

protected:
    ~TraceFiles() = default;
};

// A name that leads to no other folder and can be the name of a file, with an ending too.
bool is_trace_name(std::string_view name);

}  // namespace warren::http
