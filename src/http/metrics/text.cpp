#include "http/metrics/text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace warren::http::metrics {

namespace {

std::string_view word_of(Kind kind) {
    switch (kind) {
        case Kind::counter:
            return "counter";
        case Kind::gauge:
            return "gauge";
        case Kind::histogram:
            return "histogram";
        case Kind::untyped:
            break;
    }
    return "untyped";
}

}  // namespace

std::string label(std::string_view name, std::string_view value) {
    std::string text(name);
    text += "=\"";
    for (const char letter : value) {
        if (letter == '\\' || letter == '"') text += '\\';
        if (letter == '\n')
            text += "\\n";
        else
            text += letter;
    }
    text += '"';
    return text;
}

std::string joined(std::string_view left, std::string_view right) {
    std::string text(left);
    if (!left.empty() && !right.empty()) text += ',';
    text += right;
    return text;
}

void Samples::write_head() {
    fmt::format_to(std::back_inserter(into_), "# TYPE {0}{1} {2}\n# HELP {0}{1} {3}\n", prefix_,
                   metric_.name, word_of(metric_.kind), metric_.help);
}

void Samples::write_name(std::string_view part, std::string_view labels) {
    into_ += prefix_;
    into_ += metric_.name;
    into_ += part;
    if (!labels.empty()) {
        into_ += '{';
        into_ += labels;
        into_ += '}';
    }
    into_ += ' ';
}

void Samples::write(std::string_view labels, std::uint64_t value) {
    write_part({}, labels, value);
}

void Samples::write_real(std::string_view labels, double value) {
    write_real_part({}, labels, value);
}

void Samples::write_part(std::string_view part, std::string_view labels, std::uint64_t value) {
    write_name(part, labels);
    const fmt::format_int digits(value);
    into_.append(digits.data(), digits.size());
    into_ += '\n';
}

void Samples::write_real_part(std::string_view part, std::string_view labels, double value) {
    write_name(part, labels);
    if (std::isnan(value))
        into_ += "NaN";
    else
        fmt::format_to(std::back_inserter(into_), "{}", value);
    into_ += '\n';
}

}  // namespace warren::http::metrics
