// Users, permissions and topic permissions (reader.h).
#include <fmt/format.h>

#include "http/definitions/reader.h"

namespace warren::http {

namespace {

// RabbitMQ before 3.6.0 did not write the algorithm, for there was only one.
auth::HashingAlgorithm algorithm_of_old_export(std::string_view exported_by,
                                               auth::HashingAlgorithm otherwise) {
    if (exported_by == "3.6.0") return auth::HashingAlgorithm::sha256;
    for (const std::string_view series : {"3.0.", "3.1.", "3.2.", "3.3.", "3.4.", "3.5."})
        if (exported_by.starts_with(series)) return auth::HashingAlgorithm::md5;
    return otherwise;
}

}  // namespace

void Reader::add_user_command(std::string label, Entry& entry, auth::UserCommand command) {
    if (auto fault = auth::find_fault(command)) return entry.fault(fault->member, fault->text);
    definitions.commands.push_back({std::move(label), std::move(command)});
}

void Reader::read_user(Entry& entry) {
    auth::PutUser command{.name = entry.text("name"), .password = read_password(entry), .tags = {}};
    command.tags = entry.words("tags");
    if (!command.tags) {
        if (!entry.has("administrator"))
            entry.fault("tags", "expected a list of strings, found nothing");
        command.tags.emplace();
        if (entry.flag("administrator", false)) command.tags->emplace_back("administrator");
    }
    const std::string name = command.name;
    users_.insert(name);
    add_user_command(fmt::format("user '{}'", name), entry, std::move(command));

    if (auto limits = entry.object("limits"))
        add_user_command(fmt::format("limits of user '{}'", name), entry,
                         auth::SetUserLimits{name,
                                             {.connections_max = limits->limit("max-connections"),
                                              .channels_max = limits->limit("max-channels")}});
}

auth::PasswordHash Reader::read_password(Entry& entry) {
    const auto algorithm_name = entry.optional_text("hashing_algorithm");
    const auto encoded = entry.optional_text("password_hash");
    const auto password = entry.optional_text("password");
    auth::PasswordHash hash{.algorithm = existing_.hashing, .salt_and_digest = {}};
    if (encoded && password) {
        entry.fault("password", "expected either password or password_hash, found both");
    } else if (password) {
        return auth::hash_password(*password, existing_.hashing);
    } else if (encoded) {
        auto bytes = auth::decode_base64(*encoded);
        if (!bytes) entry.fault("password_hash", "expected base64 of salt and hash");
        hash.salt_and_digest = std::move(bytes).value_or("");
        hash.algorithm = algorithm_of_old_export(exported_by_, existing_.hashing);
    }
    if (!algorithm_name) return hash;
    const auto algorithm = auth::hashing_algorithm_named(*algorithm_name);
    if (!algorithm)
        entry.fault(
            "hashing_algorithm",
            fmt::format(
                "expected rabbit_password_hashing_sha256, rabbit_password_hashing_sha512 or "
                "rabbit_password_hashing_md5, found \"{}\"",
                *algorithm_name));
    hash.algorithm = algorithm.value_or(hash.algorithm);
    return hash;
}

void Reader::check_user_and_vhost(Entry& entry, std::string_view user, std::string_view vhost) {
    if (!user_exists(user)) entry.fault("user", fmt::format("there is no user '{}'", user));
    if (!vhost_exists(vhost))
        entry.fault("vhost", fmt::format("there is no virtual host '{}'", vhost));
}

void Reader::read_permission(Entry& entry) {
    auth::SetPermissions command{
        .user = entry.text("user"),
        .vhost = entry.text("vhost"),
        .patterns = {entry.text("configure"), entry.text("write"), entry.text("read")}};
    check_user_and_vhost(entry, command.user, command.vhost);
    std::string label =
        fmt::format("permissions of user '{}' in vhost '{}'", command.user, command.vhost);
    add_user_command(std::move(label), entry, std::move(command));
}

void Reader::read_topic_permission(Entry& entry) {
    auth::SetTopicPermissions command{.user = entry.text("user"),
                                      .vhost = entry.text("vhost"),
                                      .exchange = entry.name("exchange"),
                                      .patterns = {entry.text("write"), entry.text("read")}};
    check_user_and_vhost(entry, command.user, command.vhost);
    std::string label =
        fmt::format("topic permissions of user '{}' for exchange '{}' in vhost '{}'", command.user,
                    command.exchange, command.vhost);
    add_user_command(std::move(label), entry, std::move(command));
}

}  // namespace warren::http
