#pragma once
// --check-data and --repair: looks at a data folder that no server uses, says what is damaged and
// what it costs, and sets damaged files aside.
//
// A repair that was cut short leaves a file `repair-unfinished` behind; until another repair has
// finished what it began, no server may use the folder.
#include <functional>
#include <optional>
#include <string>

#include "storage/file_io.h"

namespace warren::app {

struct CheckDataRequest {
    std::string data_dir{};
    bool repair = false;
    // Names the folder below `damaged/` that takes what is set aside; no other repair has had it.
    std::string repair_name{};
};

// Exit codes.
enum class DataCondition : int {
    clean = 0,
    damaged = 1,
    unknown = 2,  // it cannot be checked, or not be repaired
};

// How the folder is when this returns. `say` gets the report line by line as it is made.
DataCondition check_data(const CheckDataRequest& request, storage::FileIo& io,
                         const std::function<void(const std::string& line)>& say);

// What to tell somebody who wants to start a server on this folder; none if it may.
std::optional<std::string> unfinished_repair(storage::FileIo& io, const std::string& data_dir);

}  // namespace warren::app
