#include "broker/exchange/key_hash.h"

#include <xxhash.h>

namespace warren::broker {

std::uint64_t key_hash(std::string_view key) {
    return XXH3_64bits(key.data(), key.size());
}

std::uint64_t key_hash(const RoutingInput& input) {
    std::uint64_t hash = 0;
    for_each_key(input, [&](std::string_view key) {
        hash = XXH3_64bits_withSeed(key.data(), key.size(), hash);
    });
    return hash;
}

}  // namespace warren::broker
