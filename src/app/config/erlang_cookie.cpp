#include "app/config/erlang_cookie.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace warren::config {

namespace {

constexpr std::size_t cookie_bytes_max = 255;  // of Erlang's atoms

std::string system_text() {
    return std::strerror(errno);
}

// Closes itself.
class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

bool is_cookie(std::string_view text) {
    return !text.empty() && text.size() <= cookie_bytes_max &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// Nothing: there is no such file.
Result<std::optional<ErlangCookie>, std::string> read_cookie(const std::string& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT) return std::nullopt;
    struct stat facts{};
    if (file.get() < 0 || ::fstat(file.get(), &facts) != 0)
        return fail(fmt::format("the cookie file {} cannot be read: {}", path, system_text()));
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(
            fmt::format("the cookie file {} must be accessible by its owner only: "
                        "chmod 400 mends that",
                        path));
    std::array<char, cookie_bytes_max + 2> buffer;
    const auto bytes = ::read(file.get(), buffer.data(), buffer.size());
    if (bytes < 0)
        return fail(fmt::format("the cookie file {} cannot be read: {}", path, system_text()));
    std::string text(buffer.data(), static_cast<std::size_t>(bytes));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    if (!is_cookie(text))
        return fail(
            fmt::format("the cookie file {} holds no cookie: 1 to {} letters, digits and signs "
                        "without spaces are one",
                        path, cookie_bytes_max));
    return ErlangCookie{std::move(text), path};
}

// As long as Erlang's, of letters that are easily typed.
Result<std::string, std::string> made_up_cookie() {
    constexpr unsigned alphabet = 26;
    constexpr unsigned char fair_below = 256 / alphabet * alphabet;
    std::array<char, 20> letters{};
    for (char& letter : letters) {
        unsigned char byte = fair_below;
        while (byte >= fair_below)
            if (RAND_bytes(&byte, 1) != 1) return fail(std::string("there is no randomness"));
        letter = static_cast<char>('A' + byte % alphabet);
    }
    return std::string(letters.data(), letters.size());
}

}  // namespace

std::vector<std::string> cookie_files(const CookiePlaces& places) {
    std::vector<std::string> files;
    for (const std::string& folder : {places.home, places.data_folder})
        if (!folder.empty()) files.push_back(fmt::format("{}/{}", folder, cookie_file_name));
    return files;
}

Result<std::optional<ErlangCookie>, std::string> find_cookie(const CookiePlaces& places) {
    for (const auto& [text, source] : {std::pair(places.option, "--erlang-cookie"),
                                       std::pair(places.environment, "RABBITMQ_ERLANG_COOKIE")}) {
        if (text.empty()) continue;
        if (!is_cookie(text)) return fail(fmt::format("what {} gives is no cookie", source));
        return ErlangCookie{text, source};
    }
    for (const std::string& path : cookie_files(places)) {
        auto found = read_cookie(path);
        if (!found || *found) return found;
    }
    return std::nullopt;
}

Result<ErlangCookie, std::string> find_or_make_cookie(const CookiePlaces& places) {
    auto found = find_cookie(places);
    if (!found) return fail(std::move(found.error()));
    if (*found) return std::move(**found);
    auto text = made_up_cookie();
    if (!text) return fail(std::move(text.error()));
    const std::string path = fmt::format("{}/{}", places.data_folder, cookie_file_name);
    // Written beside it and renamed: whoever finds the file finds a whole cookie.
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    const File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR));
    if (file.get() < 0 ||
        ::write(file.get(), text->data(), text->size()) != static_cast<ssize_t>(text->size()) ||
        ::rename(fresh.c_str(), path.c_str()) != 0)
        return fail(fmt::format("the cookie file {} cannot be written: {}", path, system_text()));
    return ErlangCookie{std::move(*text), path};
}

}  // namespace warren::config
