#include "app/trace_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "app/logging/write_all.h"

namespace warren::app {

namespace {

std::string fault(const std::string& path) {
    return "'" + path + "' cannot be written: " + std::strerror(errno);
}

// Entries hold what messages hold: only the node's user may read them.
http::TraceFiles::Appended append_to(const std::string& path, std::string_view text) {
    std::error_code ignored;  // open() says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const int file =
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return fail(fault(path));
    http::TraceFiles::Appended appended = 0;
    if (logging::write_all(file, text) != text.size()) appended = fail(fault(path));
    struct stat facts{};
    if (appended && ::fstat(file, &facts) == 0)
        appended = static_cast<std::uint64_t>(facts.st_size);
    ::close(file);
    return appended;
}

}  // namespace

void TraceFolder::append(const std::string& name, std::string text,
                         std::move_only_function<void(Appended)> then) {
    if (!std::exchange(lane_works_, true)) lane_.attach(shard_);
    auto appended = std::make_shared<Appended>(0);
    lane_.submit([path = path_of(name), text = std::move(text),
                  appended] { *appended = append_to(path, text); },
                 [appended, then = std::move(then)]() mutable { then(std::move(*appended)); });
}

std::vector<http::TraceFile> TraceFolder::list() const {
    std::vector<http::TraceFile> files;
    std::error_code ignored;  // no folder: no files
    for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
        std::error_code gone;
        const std::uint64_t bytes = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
        if (!gone && entry.is_regular_file(gone)) files.push_back({entry.path().filename(), bytes});
    }
    std::ranges::sort(files, {}, &http::TraceFile::name);
    return files;
}

std::optional<http::BodySource> TraceFolder::read(const std::string& name) const {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path_of(name), ignored)) return std::nullopt;
    auto file = std::make_shared<std::ifstream>(path_of(name), std::ios::binary);
    if (!*file) return std::nullopt;
    return [file](std::string& piece) {
        constexpr std::size_t piece_bytes = 64u << 10;
        const std::size_t before = piece.size();
        piece.resize(before + piece_bytes);
        file->read(piece.data() + before, static_cast<std::streamsize>(piece_bytes));
        piece.resize(before + static_cast<std::size_t>(file->gcount()));
        return file->good();
    };
}

bool TraceFolder::remove(const std::string& name) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path_of(name), ignored) &&
           std::filesystem::remove(path_of(name), ignored);
}

}  // namespace warren::app
