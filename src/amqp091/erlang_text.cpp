#include "amqp091/erlang_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "amqp091/utf8.h"

namespace warren::amqp091 {

namespace {

constexpr std::size_t line_columns = 80;

template <typename Integer>
void append_integer(std::string& output, Integer value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    output.append(digits, end);
}

// What may stand between quotes without being written as a number.
bool is_printable(char32_t character) {
    if (character >= 8 && character <= 13) return true;  // \b \t \n \v \f \r
    return character == 27 || (character >= 32 && character < 127) ||
           (character >= 0xa0 && character <= 0xfffd);
}

void append_utf8(std::string& output, unsigned char latin1) {
    output += static_cast<char>(0xc0 | latin1 >> 6);
    output += static_cast<char>(0x80 | (latin1 & 0x3f));
}

void append_quoted(std::string& output, char character) {
    switch (character) {
        case '\b':
            output += "\\b";
            return;
        case '\t':
            output += "\\t";
            return;
        case '\n':
            output += "\\n";
            return;
        case '\v':
            output += "\\v";
            return;
        case '\f':
            output += "\\f";
            return;
        case '\r':
            output += "\\r";
            return;
        case 27:
            output += "\\e";
            return;
        case '"':
            output += "\\\"";
            return;
        case '\\':
            output += "\\\\";
            return;
        default:
            output += character;
    }
}

// Characters of well-formed UTF-8 beyond ASCII that Erlang prints; the C1 controls it does not.
bool is_printable_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto octet = static_cast<unsigned char>(text[at]);
        if (octet < 0x80 && !is_printable(octet)) return false;
        if (octet == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0) return false;
    }
    return true;
}

bool is_printable_latin1(std::string_view text) {
    for (const char character : text)
        if (!is_printable(static_cast<unsigned char>(character))) return false;
    return true;
}

void append_wrapped_octets(std::string& output, ByteView bytes, std::size_t column) {
    output += "<<";
    const std::size_t first_column = column + 2;
    std::size_t reached = first_column;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        std::string octet;
        append_integer(octet, std::to_integer<unsigned>(bytes[index]));
        if (index + 1 != bytes.size()) octet += ',';
        if (reached + octet.size() >= line_columns && index != 0) {
            output.append("\n").append(first_column, ' ');
            reached = first_column;
        }
        output += octet;
        reached += octet.size();
    }
    output += ">>";
}

std::optional<std::string> quoted_binary(ByteView bytes) {
    const std::string_view text = as_text(bytes);
    std::string quoted = "<<\"";
    if (is_utf8(text)) {
        if (!is_printable_utf8(text)) return {};
        for (const char character : text)
            append_quoted(quoted, character);
        return quoted + (is_ascii(text) ? "\">>" : "\"/utf8>>");
    }
    if (!is_printable_latin1(text)) return {};
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        if (octet < 0x80)
            append_quoted(quoted, character);
        else
            append_utf8(quoted, octet);
    }
    return quoted + "\">>";
}

// A number as 0.DIGITS times ten to the power of `point`.
struct Decimals {
    std::string digits;
    int point = 0;
};

// The fewest digits that give the same double. Positive and finite values only.
Decimals shortest_decimal(double value) {
    char text[40];  // d.ddde+xx
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const char* const mark = std::find(text, end, 'e');
    Decimals decimals;
    std::copy_if(std::cbegin(text), mark, std::back_inserter(decimals.digits),
                 [](char character) { return character != '.'; });
    std::from_chars(mark + 2, end, decimals.point);
    if (mark[1] == '-') decimals.point = -decimals.point;
    ++decimals.point;
    return decimals;
}

std::string zeros(int count) {
    return std::string(static_cast<std::size_t>(count), '0');
}

struct TermPrinter {
    std::string& output;

    void operator()(std::monostate) const { output += "undefined"; }
    void operator()(bool value) const { output += value ? "true" : "false"; }
    void operator()(std::integral auto value) const { append_integer(output, value); }
    void operator()(std::floating_point auto value) const {
        append_float(output, static_cast<double>(value));
    }
    void operator()(Decimal value) const {
        output += '{';
        append_integer(output, value.scale);
        output += ',';
        append_integer(output, value.digits);
        output += '}';
    }
    void operator()(Timestamp value) const { append_integer(output, value.seconds); }
    void operator()(const std::string& text) const { append_binary(output, as_bytes(text), 0); }
    void operator()(const ByteArray& bytes) const { (*this)(bytes.bytes); }
    void operator()(const FieldTable& table) const {
        output += '[';
        for (const Field& field : table) {
            if (&field != table.begin()) output += ',';
            output += '{';
            (*this)(field.name);
            output.append(",").append(type_name(field.value.type())).append(",");
            append_term(output, field.value);
            output += '}';
        }
        output += ']';
    }
    void operator()(const FieldArray& array) const {
        output += '[';
        for (const FieldValue& item : array) {
            if (&item != array.data()) output += ',';
            output.append("{").append(type_name(item.type())).append(",");
            append_term(output, item);
            output += '}';
        }
        output += ']';
    }
};

}  // namespace

void append_octets(std::string& output, ByteView bytes) {
    output += "<<";
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        if (index != 0) output += ',';
        append_integer(output, std::to_integer<unsigned>(bytes[index]));
    }
    output += ">>";
}

void append_binary(std::string& output, ByteView bytes, std::size_t column) {
    if (bytes.empty()) {
        output += "<<>>";
    } else if (const auto quoted = quoted_binary(bytes)) {
        output += *quoted;
    } else {
        append_wrapped_octets(output, bytes, column);
    }
}

void append_float(std::string& output, double value) {
    // Erlang has no such floats and no text for them.
    if (!std::isfinite(value)) {
        output += std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
        return;
    }
    if (std::signbit(value)) output += '-';
    if (value == 0) {
        output += "0.0";
        return;
    }
    const double magnitude = std::fabs(value);
    auto [digits, point] = shortest_decimal(magnitude);
    const int count = static_cast<int>(digits.size());
    const std::string exponent = std::to_string(point - 1);
    // Erlang writes an exponent where that is shorter, and for integers beyond 2^53.
    const int exponent_cost = static_cast<int>(exponent.size()) + (count == 1 ? 3 : 2);
    const bool exact = magnitude < 9007199254740992.0;
    if (exact && point > 0 && point < count) {
        output += digits.insert(static_cast<std::size_t>(point), 1, '.');
    } else if (point == 0 || (point < 0 && 2 - point <= exponent_cost)) {
        output += "0." + zeros(-point) + digits;
    } else if (exact && point >= count && point - count + 2 <= exponent_cost) {
        output += digits + zeros(point - count) + ".0";
    } else {
        output +=
            digits.substr(0, 1) + "." + (count == 1 ? "0" : digits.substr(1)) + "e" + exponent;
    }
}

void append_term(std::string& output, const FieldValue& value) {
    std::visit(TermPrinter{output}, value.variant());
}

FieldArray printed_fields(const FieldTable& table) {
    FieldArray array;
    for (const Field& field : table) {
        std::string term;
        append_term(term, FieldTable{field});
        // One tuple in a list.
        array.emplace_back(std::string_view(term).substr(1, term.size() - 2));
    }
    return array;
}

}  // namespace warren::amqp091
