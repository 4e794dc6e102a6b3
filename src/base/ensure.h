#pragma once
// ENSURE states what only a fault of our own could break. It stays compiled in everywhere, prints
// where it failed, and aborts. Never used on anything that a peer, a file or the kernel can cause.

namespace warren {

[[noreturn]] void ensure_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace warren

#define ENSURE(expression)                                            \
    do {                                                              \
        if (!(expression)) [[unlikely]]                               \
            ::warren::ensure_failed(#expression, __FILE__, __LINE__); \
    } while (false)
