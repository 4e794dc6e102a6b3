#include "http/definitions/definitions.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "http/definitions/reader.h"

namespace warren::http {

namespace json = boost::json;

namespace {

struct File {
    std::string name;
    std::string text;
};

constexpr std::size_t json_depth_max = 64;

Result<std::string, DefinitionsError> read_file(const std::string& name) {
    std::ifstream input(name, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(input), {}};
    if (!input.is_open() || input.bad())
        return fail(DefinitionsError{.file = name, .text = "cannot be read"});
    return text;
}

// The file itself, or the JSON files of a folder in the order of their names.
Result<std::vector<std::string>, DefinitionsError> files_at(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return std::vector{path};
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(path, error))
        if (file.path().extension() == ".json") names.push_back(file.path().string());
    if (error) return fail(DefinitionsError{.file = path, .text = error.message()});
    std::ranges::sort(names);
    return names;
}

Result<json::value, DefinitionsError> parse_json(std::string_view file, std::string_view text) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const std::size_t parsed = parser.write(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    if (error)
        return fail(DefinitionsError{.file = std::string(file),
                                     .line = line_at(text, std::min(parsed, text.size())),
                                     .text = fmt::format("not valid JSON: {}", error.message())});
    return parser.release();
}

// Reads one file into `reader`.
Result<void, DefinitionsError> read_into(Reader& reader, std::string_view file,
                                         std::string_view text) {
    // Editors on Windows begin files with it.
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const auto document = parse_json(file, text);
    if (!document) return fail(document.error());
    Faults faults;
    if (const json::object* members = document->if_object())
        reader.read(*members, faults);
    else
        faults.report({}, fmt::format("expected an object, found {}", describe(*document)));
    if (!faults.first()) return {};
    const auto& [path, fault] = *faults.first();
    return fail(DefinitionsError{std::string(file), line_of(text, path), to_text(path), fault});
}

}  // namespace

Result<std::string, DefinitionsError> digest_of_definitions(const std::string& path) {
    const auto files = files_at(path);
    if (!files) return fail(files.error());
    std::string all;
    for (const auto& file : *files) {
        const auto text = read_file(file);
        if (!text) return fail(text.error());
        all += fmt::format("{}\n{}\n", file, text->size());
        all += *text;
    }
    return digest_of_text(all);
}

std::string digest_of_text(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

Result<Definitions, DefinitionsError> parse_definitions(std::string_view file,
                                                        std::string_view text,
                                                        const ExistingObjects& existing) {
    Reader reader(existing);
    if (auto done = read_into(reader, file, text); !done) return fail(std::move(done.error()));
    return std::move(reader.definitions);
}

Result<Definitions, DefinitionsError> parse_vhost_definitions(std::string_view file,
                                                              std::string_view text,
                                                              const std::string& vhost,
                                                              const ExistingObjects& existing) {
    Reader reader(existing, vhost);
    if (auto done = read_into(reader, file, text); !done) return fail(std::move(done.error()));
    return std::move(reader.definitions);
}

Result<Definitions, DefinitionsError> load_definitions(const std::string& path,
                                                       const ExistingObjects& existing) {
    const auto files = files_at(path);
    if (!files) return fail(files.error());
    Reader reader(existing);
    for (const auto& file : *files) {
        const auto text = read_file(file);
        if (!text) return fail(text.error());
        if (auto done = read_into(reader, file, *text); !done) return fail(std::move(done.error()));
    }
    return std::move(reader.definitions);
}

}  // namespace warren::http
