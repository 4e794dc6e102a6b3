#pragma once
// The secret that nodes and command lines share, kept as Erlang keeps it: a text given by the
// environment, or a file .erlang.cookie that only its owner can read.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::config {

struct ErlangCookie {
    std::string text;
    std::string source;  // a path, or what gave it
};

// Where to look, the first one first; empty texts are passed over.
struct CookiePlaces {
    std::string option;       // --erlang-cookie
    std::string environment;  // RABBITMQ_ERLANG_COOKIE
    std::string home;         // a folder with .erlang.cookie
    std::string data_folder;  // likewise
};

inline constexpr std::string_view cookie_file_name = ".erlang.cookie";
// The files that are looked for, in order.
std::vector<std::string> cookie_files(const CookiePlaces& places);

// Nothing, if it is nowhere. The error names a file that others can read, that cannot be read, or
// that holds no cookie: what comes after it does not count then.
Result<std::optional<ErlangCookie>, std::string> find_cookie(const CookiePlaces& places);

// As find_cookie(); where there is none, one is made up and kept in the data folder, for its owner
// only.
Result<ErlangCookie, std::string> find_or_make_cookie(const CookiePlaces& places);

}  // namespace warren::config
