#pragma once
// Errors that can happen to a correct program are values (see CONTRIBUTING.md, "three kinds of
// errors").
#include <expected>
#include <utility>

namespace warren {

template <typename T, typename E>
using Result = std::expected<T, E>;

template <typename E>
[[nodiscard]] constexpr std::unexpected<std::decay_t<E>> fail(E&& error) {
    return std::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace warren
