#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "base/ensure.h"

namespace warren {

// What PCRE2 needs to run one pattern; all three are private to the pattern's shard.
struct Pattern::Compiled {
    pcre2_code* code = nullptr;
    pcre2_match_data* match_data = nullptr;
    pcre2_match_context* context = nullptr;

    Compiled() = default;
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
    ~Compiled() {
        pcre2_match_context_free(context);
        pcre2_match_data_free(match_data);
        pcre2_code_free(code);
    }
};

void Pattern::Release::operator()(Compiled* compiled) const {
    delete compiled;
}

Pattern::Pattern(std::unique_ptr<Compiled, Release> compiled) : compiled_(std::move(compiled)) {}

namespace {

PCRE2_SPTR units(std::string_view text) {
    // PCRE2 before 10.43 refuses a null pointer even with length 0.
    return reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
}

std::string message_of(int error) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

}  // namespace

Result<Pattern, PatternError> Pattern::compile(std::string_view text) {
    if (text.size() > text_bytes_max) return fail(PatternError{"pattern too long", text_bytes_max});

    std::unique_ptr<Compiled, Release> compiled(new Compiled);
    int error = 0;
    PCRE2_SIZE offset = 0;
    // No UTF: names are bytes, and RabbitMQ matches them as such. \C and callouts have no use here.
    compiled->code =
        pcre2_compile(units(text), text.size(), PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (compiled->code == nullptr) return fail(PatternError{message_of(error), offset});
    // Without JIT memory (a hardened kernel) the interpreter does it.
    pcre2_jit_compile(compiled->code, PCRE2_JIT_COMPLETE);
    compiled->match_data = pcre2_match_data_create(1, nullptr);
    compiled->context = pcre2_match_context_create(nullptr);
    ENSURE(compiled->match_data != nullptr && compiled->context != nullptr);
    pcre2_set_match_limit(compiled->context, match_steps_max);
    pcre2_set_depth_limit(compiled->context, match_steps_max);
    return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view subject) const {
    int outcome = pcre2_match(compiled_->code, units(subject), subject.size(), 0, 0,
                              compiled_->match_data, compiled_->context);
    // The machine code's stack is small; the interpreter's grows up to the depth limit.
    if (outcome == PCRE2_ERROR_JIT_STACKLIMIT)
        outcome = pcre2_match(compiled_->code, units(subject), subject.size(), 0, PCRE2_NO_JIT,
                              compiled_->match_data, compiled_->context);
    return outcome >= 0;  // 0: matched, with more groups than the match data has room for
}

std::string escape_pattern(std::string_view text) {
    constexpr std::string_view special = "\\^$.|?*+()[]{}-";
    std::string escaped;
    for (const char letter : text) {
        if (special.contains(letter)) escaped += '\\';
        escaped += letter;
    }
    return escaped;
}

}  // namespace warren
