#pragma once
// The grammar of rabbitmq.conf, as RabbitMQ's cuttlefish library reads it: text in, statements out.
// Knows no key.
//
//     key = value            a key is segments of [A-Za-z0-9_-] separated by dots; `\.` is a dot
//     inside a segment key = 'a # b'          quoted: '#' and line breaks belong to the value; no
//     escapes, no quote inside key = '''              a block: everything up to the next three
//     quotes, without its first and last line break text
//     '''
//     include conf.d/*.conf  other files, relative to this one, read in place
//     # comment              also behind a value: an unquoted value ends at '#'
//
// A value is never empty unless quoted (''), keeps quotes and backslashes that it does not start
// with, and is UTF-8. Lines end with LF or CR LF. A byte order mark at the start is skipped.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/config_error.h"

namespace warren::config {

struct Setting {
    std::vector<std::string> segments;
    std::string key;  // as written
    std::string value;
    std::string file;
    int line = 0;
};

struct Include {
    std::string pattern;
    int line = 0;
};

struct ParsedConf {
    std::vector<std::variant<Setting, Include>> statements;  // in order
    std::vector<ConfigError> errors;  // one for each line that is none of the above
};

// Reads on behind an error, so that all errors of a file are found at once.
ParsedConf parse_conf(std::string_view text, const std::string& file);

}  // namespace warren::config
