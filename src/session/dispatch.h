#pragma once
// Which method goes to which handler: the table of contents of the protocol on an open channel.
#include "amqp091/methods.h"
#include "session/decode_and.h"

namespace warren::session {

class Channel;

Handled dispatch(Channel& channel, amqp091::MethodId method, ByteView arguments);

}  // namespace warren::session
