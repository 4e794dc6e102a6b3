#pragma once
// A listening socket in the file system: for programs of the same user, and of root, on the same
// machine. The system says whose a connection is, so nobody needs a password.
#include <string>

#include "base/result.h"
#include "net/listening_socket.h"

namespace warren::net {

// Makes FOLDER/NAME, only for its owner; what another process has left there is replaced, so the
// caller must be the only one in the folder. The folder's path may be longer than an address of a
// socket can be.
Result<ListeningSocket, std::string> open_local_socket(const std::string& folder,
                                                       const std::string& name);

// Whether who connected is run by this process's user or by root.
bool is_of_owner(int descriptor);

}  // namespace warren::net
