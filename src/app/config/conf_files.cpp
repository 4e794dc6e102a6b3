#include "app/config/conf_files.h"

#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/result.h"

namespace warren::config {

namespace {

namespace fs = std::filesystem;

// A configuration is some kB; these bounds only keep a wrong path from eating the memory.
constexpr std::size_t file_bytes_max = 4u << 20;
constexpr std::size_t piece_bytes = 64u << 10;
constexpr std::size_t files_max = 1000;
constexpr std::size_t include_depth_max = 16;

bool is_glob(const std::string& path) {
    return path.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> expand_glob(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);  // sorted by glob()
    globfree(&found);
    return paths;
}

std::vector<std::string> conf_files_in(const std::string& directory) {
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored))
        if (entry.path().extension() == ".conf" && entry.is_regular_file(ignored))
            paths.push_back(entry.path().string());
    std::ranges::sort(paths);
    return paths;
}

Result<std::string, std::string> read_file(const std::string& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return fail(std::string("is a directory"));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(std::string(std::strerror(errno)));
    std::string content;
    while (file && content.size() <= file_bytes_max) {
        const std::size_t before = content.size();
        content.resize(before + piece_bytes);
        file.read(content.data() + before, piece_bytes);
        content.resize(before + static_cast<std::size_t>(file.gcount()));
    }
    if (content.size() > file_bytes_max) return fail(std::string("is larger than 4 MiB"));
    return content;
}

class Reader {
public:
    ReadConf run(const std::vector<std::string>& paths) {
        for (const std::string& path : paths)
            read_path(path);
        return std::move(read_);
    }

private:
    void read_path(const std::string& path) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            for (const std::string& file : conf_files_in(path))
                read(file);
        } else if (is_glob(path) && !fs::exists(path, ignored)) {
            for (const std::string& file : expand_glob(path))
                read(file);
        } else {
            read(path);
        }
    }

    void read(const std::string& path) {
        auto content = read_file(path);
        if (!content) {
            read_.errors.push_back({path, 0, "", "cannot be read: " + content.error()});
            return;
        }
        read_.files.push_back(path);
        ParsedConf parsed = parse_conf(*content, path);
        read_.errors.insert(read_.errors.end(), parsed.errors.begin(), parsed.errors.end());
        open_.push_back(path);
        for (auto& statement : parsed.statements) {
            if (auto* setting = std::get_if<Setting>(&statement))
                read_.settings.push_back(std::move(*setting));
            else
                include(path, std::get<Include>(statement));
        }
        open_.pop_back();
    }

    // RabbitMQ passes over a file that is not there; so does this, but says it.
    void include(const std::string& from, const Include& statement) {
        const fs::path wanted = fs::path(from).parent_path() / statement.pattern;
        std::vector<std::string> paths{wanted.string()};
        if (is_glob(statement.pattern)) paths = expand_glob(wanted.string());
        std::error_code ignored;
        for (const std::string& path : paths) {
            const ConfigError at{from, statement.line, "include", ""};
            if (!fs::exists(path, ignored))
                add(read_.warnings, at, "there is no file '" + path + "'");
            else if (std::ranges::find(open_, path) != open_.end() ||
                     open_.size() >= include_depth_max)
                add(read_.errors, at, "'" + path + "' is included by itself or too deeply");
            else if (read_.files.size() >= files_max)
                add(read_.errors, at,
                    "more than " + std::to_string(files_max) + " files are included");
            else
                read(path);
        }
    }

    static void add(std::vector<ConfigError>& list, ConfigError at, std::string message) {
        at.message = std::move(message);
        list.push_back(std::move(at));
    }

    ReadConf read_;
    std::vector<std::string> open_;  // files whose includes are being read
};

}  // namespace

ReadConf read_conf_files(const std::vector<std::string>& paths) {
    return Reader().run(paths);
}

}  // namespace warren::config
