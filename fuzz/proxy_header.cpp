// The PROXY protocol header that an unknown peer sends first. A header ends where it says, whatever
// follows, and every shorter beginning of it asks for more.
#include "net/proxy_header.h"

#include <cstddef>
#include <cstdint>

#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
    using namespace warren;
    const ByteView input(reinterpret_cast<const std::byte*>(data), bytes);
    const auto whole = net::parse_proxy_header(input);
    if (!whole || whole->bytes == 0) return 0;
    ENSURE(whole->bytes <= input.size());
    const auto alone = net::parse_proxy_header(input.first(whole->bytes));
    ENSURE(alone && alone->bytes == whole->bytes);
    ENSURE(alone->source == whole->source && alone->destination == whole->destination);
    for (std::size_t cut = 0; cut < whole->bytes; ++cut) {
        const auto part = net::parse_proxy_header(input.first(cut));
        ENSURE(part && part->bytes == 0);
    }
    return 0;
}
