#include "app/config/pattern_check.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

namespace warren::config {

std::optional<std::string> find_pattern_fault(std::string_view pattern) {
    int problem = 0;
    PCRE2_SIZE at = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                     0, &problem, &at, nullptr);
    if (code != nullptr) {
        pcre2_code_free(code);
        return std::nullopt;
    }
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(problem, text.data(), text.size());
    return std::string(reinterpret_cast<const char*>(text.data())) + " at offset " +
           std::to_string(at);
}

}  // namespace warren::config
