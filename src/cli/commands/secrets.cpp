// Secrets: values of configuration files that are encrypted, and the cookie. No node is asked.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <array>
#include <charconv>

#include "app/config/environment.h"
#include "app/config/erlang_cookie.h"
#include "app/config/erlang_term.h"
#include "app/config/value_cipher.h"
#include "auth/password_hash.h"
#include "cli/invocation.h"

namespace warren::cli {

using config::CipherWishes;
using config::ErlangTerm;

namespace {

// ---- encrypted values ----

Result<CipherWishes, Failure> wishes_of(const Invocation& call) {
    CipherWishes wishes{.passphrase = call.word(1)};
    if (call.has("cipher")) wishes.cipher = call.option("cipher");
    if (call.has("hash")) wishes.hash = call.option("hash");
    const std::string_view text = call.option("iterations");
    if (text.empty()) return wishes;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), wishes.iterations);
    if (error != std::errc() || end != text.data() + text.size() || wishes.iterations == 0)
        return fail(
            Failure{exit_code::data_error, "The requested number of iterations is incorrect"});
    return wishes;
}

// The text in base64 of an encrypted term.
Result<std::string, Failure> encrypted(Invocation& call, const ErlangTerm& term) {
    const auto wishes = wishes_of(call);
    if (!wishes) return fail(wishes.error());
    const auto external = to_external(term);
    if (!external) return fail(Failure{exit_code::data_error, "The value is too long"});
    auto text = encrypt_value(*external, *wishes);
    if (!text) return fail(Failure{exit_code::data_error, std::move(text.error())});
    return std::move(*text);
}

Result<ErlangTerm, Failure> decrypted(Invocation& call, std::string_view base64) {
    const auto wishes = wishes_of(call);
    if (!wishes) return fail(wishes.error());
    const auto content = decrypt_value(base64, *wishes);
    if (!content) return fail(Failure{exit_code::unavailable, content.error()});
    auto term = config::from_external(*content);
    if (!term)
        return fail(Failure{exit_code::unavailable,
                            "Failed to decrypt the value, or it is none that this tool knows"});
    return std::move(*term);
}

Outcome encode(Invocation& call) {
    call.say("Encrypting value to be used in advanced.config...");
    const auto term = config::parse_term(call.word(0));
    if (!term)
        return fail(Failure{exit_code::data_error,
                            "The value is no <<\"binary\">>, \"string\", atom or whole number"});
    const auto text = encrypted(call, *term);
    if (!text) return fail(text.error());
    if (!call.show_json_of_node({{"value", json::array{"encrypted", *text}}}))
        call.print_line(fmt::format("{{encrypted,<<\"{}\">>}}", *text));
    return {};
}

// As it is typed, or as encode() prints it.
Outcome decode(Invocation& call) {
    call.say("Decrypting an advanced.config (Erlang term) value...");
    std::string_view text = call.word(0);
    constexpr std::string_view before = "{encrypted,";
    if (text.starts_with(before) && text.ends_with('}')) {
        text.remove_prefix(before.size());
        text.remove_suffix(1);
    }
    const auto written = config::parse_term(text);
    const auto term = decrypted(call, written ? std::string_view(written->text) : text);
    if (!term) return fail(term.error());
    call.print_line(to_text(*term));
    return {};
}

// Any text can be a value of rabbitmq.conf.
Outcome encrypt_conf_value(Invocation& call) {
    call.say("Encrypting value to be used in rabbitmq.conf...");
    const auto term = config::parse_term(call.word(0));
    const auto text =
        encrypted(call, term ? *term : ErlangTerm{ErlangTerm::Kind::binary, call.word(0)});
    if (!text) return fail(text.error());
    call.print_line("encrypted:" + *text);
    return {};
}

Outcome decrypt_conf_value(Invocation& call) {
    call.say("Decrypting a rabbitmq.conf string value...");
    constexpr std::string_view before = "encrypted:";
    const auto written = config::parse_term(call.word(0));
    std::string_view text = written ? std::string_view(written->text) : call.word(0);
    if (text.starts_with(before)) text.remove_prefix(before.size());
    const auto term = decrypted(call, text);
    if (!term) return fail(term.error());
    call.print_line(term->text);
    return {};
}

Outcome list_names(Invocation& call, std::string_view what, std::string_view column,
                   const std::vector<std::string>& names) {
    call.say(fmt::format("Listing supported {} ...", what));
    if (call.show_json_of_node({{"value", json::array(names.begin(), names.end())}})) return {};
    if (!is_for_programs(call.format())) {
        call.print_line(fmt::format("[{}]", fmt::join(names, ",")));
        return {};
    }
    Table table{.columns = {std::string(column)}, .rows = {}};
    for (const std::string& name : names)
        table.rows.push_back({{column, name}});
    call.show(table);
    return {};
}

Outcome list_ciphers(Invocation& call) {
    return list_names(call, "ciphers", "cipher", config::cipher_names());
}

Outcome list_hashes(Invocation& call) {
    return list_names(call, "hash algorithms", "hash", config::hash_names());
}

// ---- the cookie ----

Outcome cookie_hash(Invocation& call) {
    call.say(fmt::format("Asking node {} its Erlang cookie hash...", call.node_name()));
    const auto cookie = config::find_cookie(call.node().cookie_places());
    if (!cookie) return fail(Failure{exit_code::unavailable, cookie.error()});
    if (!*cookie) return fail(Failure{exit_code::unavailable, "There is no Erlang cookie here"});
    constexpr std::size_t md5_bytes = 16;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest((*cookie)->text.data(), (*cookie)->text.size(), digest.data(), nullptr,
                   EVP_md5(), nullptr) != 1)
        return fail(Failure{exit_code::software, "OpenSSL here does not know MD5"});
    call.give(json::string(
        auth::encode_base64({reinterpret_cast<const char*>(digest.data()), md5_bytes})));
    return {};
}

std::string access_of(const struct stat& facts) {
    const bool reads = (facts.st_mode & S_IRUSR) != 0;
    const bool writes = (facts.st_mode & S_IWUSR) != 0;
    if (reads && writes) return "read_write";
    if (reads) return "read";
    return writes ? "write" : "none";
}

json::object cookie_file(const std::string& path) {
    struct stat facts{};
    const bool exists = ::stat(path.c_str(), &facts) == 0;
    json::object file{{"cookie_file_path", path}, {"cookie_file_exists", exists}};
    if (!exists) return file;
    file["cookie_file_type"] = S_ISREG(facts.st_mode) ? "regular" : "other";
    file["cookie_file_access"] = access_of(facts);
    file["cookie_file_size"] = facts.st_size;
    return file;
}

void print_cookie_file(Invocation& call, const json::object& file) {
    const auto text = [&](std::string_view key) {
        const json::value* value = file.if_contains(key);
        return value == nullptr ? std::string("(n/a)") : cell_text(*value);
    };
    call.print_line("Cookie file path: " + text("cookie_file_path"));
    call.print_line("Cookie file exists? " + text("cookie_file_exists"));
    call.print_line("Cookie file type: " + text("cookie_file_type"));
    call.print_line("Cookie file access: " + text("cookie_file_access"));
    call.print_line("Cookie file size: " + text("cookie_file_size"));
}

Outcome cookie_sources(Invocation& call) {
    call.say("Listing Erlang cookie sources used by CLI tools...");
    const config::CookiePlaces& places = call.node().cookie_places();
    json::array files;
    for (const std::string& path : config::cookie_files(places))
        files.push_back(cookie_file(path));
    if (call.format() == Format::json || call.format() == Format::json_stream) {
        json::object all = files.empty() ? json::object() : files.front().as_object();
        all["home_dir"] = places.home;
        all["cookie_files"] = std::move(files);
        all["switch_cookie_set"] = !places.option.empty();
        all["switch_cookie_value_length"] = places.option.size();
        all["os_env_cookie_set"] = !places.environment.empty();
        all["os_env_cookie_value_length"] = places.environment.size();
        call.show_json(all);
        return {};
    }
    for (const auto& file : files) {
        call.print_line("Cookie File\n");
        print_cookie_file(call, file.as_object());
        call.print_line("");
    }
    call.print_line("Cookie CLI Switch\n");
    call.print_line(fmt::format("--erlang-cookie value set? {}", !places.option.empty()));
    call.print_line(fmt::format("--erlang-cookie value length: {}\n", places.option.size()));
    call.print_line("Env variable  (Deprecated)\n");
    call.print_line(
        fmt::format("RABBITMQ_ERLANG_COOKIE value set? {}", !places.environment.empty()));
    call.print_line(
        fmt::format("RABBITMQ_ERLANG_COOKIE value length: {}", places.environment.size()));
    return {};
}

constexpr Option cipher_options[] = {{"cipher"}, {"hash"}, {"iterations"}};
constexpr std::string_view cipher_usage =
    "<value> <passphrase> [--cipher <cipher>] [--hash <hash>] [--iterations <iterations>]";

constexpr Command commands[] = {
    {"decode", tools::ctl, Group::configuration, cipher_usage,
     "Decrypts a value of advanced.config", 2, 2, decode, cipher_options},
    {"decrypt_conf_value", tools::ctl, Group::configuration, cipher_usage,
     "Decrypts a value of rabbitmq.conf", 2, 2, decrypt_conf_value, cipher_options},
    {"encode", tools::ctl, Group::configuration, cipher_usage,
     "Encrypts a value for advanced.config", 2, 2, encode, cipher_options},
    {"encrypt_conf_value", tools::ctl, Group::configuration, cipher_usage,
     "Encrypts a value for rabbitmq.conf", 2, 2, encrypt_conf_value, cipher_options},
    {"erlang_cookie_hash", tools::diagnostics, Group::configuration, "",
     "A hash of the cookie that is used here, to compare it with that of another machine", 0, 0,
     cookie_hash},
    {"erlang_cookie_sources", tools::diagnostics, Group::configuration, "",
     "Where the cookie is looked for, and what is there", 0, 0, cookie_sources},
    {"list_ciphers", tools::listing, Group::configuration, "",
     "Lists ciphers that values can be encrypted with", 0, 0, list_ciphers},
    {"list_hashes", tools::listing, Group::configuration, "",
     "Lists hashes that keys can be made with", 0, 0, list_hashes},
};

}  // namespace

std::span<const Command> secret_commands() {
    return commands;
}

}  // namespace warren::cli
