#pragma once
// Bodies of type multipart/form-data (RFC 7578), as browsers and `curl -F` upload files: parts,
// each with a name, between lines that the content type has announced.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warren::http {

struct FormPart {
    std::string name;
    std::string_view content;  // lies in the body
};

// The line between the parts, as "multipart/form-data; boundary=..." announces it; nothing if the
// content type is another, or announces none.
std::optional<std::string> form_boundary(std::string_view content_type);

// Nothing if the body is not one between such lines. Parts without a name are left out.
std::optional<std::vector<FormPart>> form_parts(std::string_view body, std::string_view boundary);

}  // namespace warren::http
