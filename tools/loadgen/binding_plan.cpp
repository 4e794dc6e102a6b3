#include "binding_plan.h"

#include <cstdio>

namespace loadgen {

BindingPlan::BindingPlan(unsigned bindings) : bindings_(bindings) {
    while (base_ * base_ * base_ < bindings)
        ++base_;
}

std::string BindingPlan::word(unsigned index, unsigned place) const {
    static constexpr const char* prefixes[word_count] = {"site", "line", "cell", "part"};
    const unsigned digits[] = {index % base_, index / base_ % base_, index / base_ / base_};
    const unsigned digit =
        place < std::size(digits) ? digits[place] : (digits[0] + digits[1] + digits[2]) % base_;
    char text[16];
    std::snprintf(text, sizeof text, "%s%03u", prefixes[place], digit);
    return text;
}

std::string BindingPlan::key(unsigned index) const {
    std::string text = word(index, 0);
    for (unsigned place = 1; place < word_count; ++place)
        text += "." + word(index, place);
    return text;
}

std::string BindingPlan::pattern(unsigned index) const {
    const unsigned shape = index % (2 * word_count + 1);
    std::string text;
    for (unsigned place = 0; place < word_count; ++place) {
        if (place > 0) text += ".";
        if (shape == 1 + 2 * place)
            text += "*";
        else if (shape == 2 + 2 * place)
            text += "#";
        else
            text += word(index, place);
    }
    return text;
}

}  // namespace loadgen
