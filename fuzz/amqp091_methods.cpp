// Payloads of method frames: what decodes must encode to a payload of the same size that decodes to
// the same method.
#include <cstdint>
#include <string>

#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::amqp091;

namespace {

constexpr std::size_t ids_bytes = 4;

template <typename Method>
void check(ByteView arguments) {
    const auto decoded = Method::decode(arguments);
    if (!decoded) {
        const AmqpError error = method_decode_error(class_part(Method::id), method_part(Method::id),
                                                    arguments, decoded.error());
        ENSURE(error.closes_connection());
        ENSURE(error.full_text().size() <= limits::short_string_bytes_max);
        return;
    }
    std::string output;
    append_method(output, ChannelId{1}, *decoded);
    const FrameStep step = FrameReader(0).next(as_bytes(output));
    ENSURE(step.kind == FrameStep::Kind::frame);
    const ByteView encoded = step.frame.payload.subspan(ids_bytes);
    ENSURE(encoded.size() == arguments.size());
    const auto again = Method::decode(encoded);
    ENSURE(again.has_value());
    ENSURE(*again == *decoded);
}

template <typename... Methods>
bool check_one_of(MethodList<Methods...>, MethodId id, ByteView arguments) {
    return ((Methods::id == id ? (check<Methods>(arguments), true) : false) || ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    if (input.size() < ids_bytes) return 0;
    const MethodId id{load_big_endian<std::uint32_t>(input.data())};
    const bool known = check_one_of(AllMethods{}, id, input.subspan(ids_bytes));
    ENSURE(known == (find_method(id) != nullptr));
    return 0;
}
