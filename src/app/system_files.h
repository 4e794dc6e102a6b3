#pragma once
// The small files and notices by which a node tells the system about itself: ports.json, the pid
// file, systemd.
#include <map>
#include <string>

#include "base/result.h"

namespace warren::app {

// What went wrong, with path and reason, ready to be shown.
using SystemError = std::string;

// Creates the folder with its parents if need be, and makes sure that it can be written to.
Result<void, SystemError> prepare_data_dir(const std::string& path);

// Writes DIR/ports.json, {"amqp": 5672, "amqps": 0}, in one step: whoever finds the file finds it
// whole.
Result<void, SystemError> write_ports_file(const std::string& data_dir,
                                           const std::map<std::string, unsigned>& ports);
void remove_ports_file(const std::string& data_dir);

Result<void, SystemError> write_pid_file(const std::string& path);

// sd_notify(3) without the library: one datagram to NOTIFY_SOCKET, if there is one. `state` is such
// as "READY=1".
void notify_systemd(const std::string& state);

}  // namespace warren::app
