// Frames of any bytes: the reader takes them or says why not, and the same frames come out however
// the input arrives.
#include <cstdint>

#include "amqp091/frame_reader.h"
#include "amqp091/protocol_header.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::amqp091;

namespace {

// A frame is found with its last byte and not before.
void check_frame(const FrameReader& reader, ByteView input, const Frame& frame) {
    const std::size_t total_bytes = frame.total_bytes();
    ENSURE(total_bytes <= input.size());
    const FrameStep earlier = reader.next(input.first(total_bytes - 1));
    ENSURE(earlier.kind == FrameStep::Kind::need_more);
    ENSURE(earlier.bytes_wanted <= total_bytes);
    const FrameStep again = reader.next(input.first(total_bytes));
    ENSURE(again.kind == FrameStep::Kind::frame);
    ENSURE(again.frame.payload.data() == frame.payload.data());
    ENSURE(!unexpected_frame_error(frame).text.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    recognise_protocol(input);
    refusal_header(input);
    const FrameReader reader(4096);
    for (ByteView rest = input; !rest.empty();) {
        const FrameStep step = reader.next(rest);
        if (step.kind == FrameStep::Kind::need_more) {
            ENSURE(step.bytes_wanted > rest.size());
            break;
        }
        if (step.kind == FrameStep::Kind::fault) {
            const AmqpError error = reader.fault_of(rest).to_error();
            ENSURE(error.full_text().size() <= limits::short_string_bytes_max);
            break;
        }
        check_frame(reader, rest, step.frame);
        rest = rest.subspan(step.frame.total_bytes());
    }
    return 0;
}
