#include "http/definitions/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace warren::http {

namespace json = boost::json;

namespace {

const json::value* find(const json::object& document, std::string_view key) {
    return document.if_contains({key.data(), key.size()});
}

// Known and not acted upon: what RabbitMQ writes about the file itself.
constexpr std::string_view about_the_file[] = {
    "rabbit_version",
    "rabbitmq_version",
    "product_name",
    "product_version",
    "explanation",
    "rabbitmq_definition_format",
    "original_cluster_name",
    "original_vhost_name",
    // of the virtual host that a file is about: who imports it says into which, and what that is
    "description",
    "metadata",
    "limits",
};
}  // namespace

const Reader::Section Reader::sections[] = {
    {"users", &Reader::read_user, false},
    {"vhosts", &Reader::read_vhost, false},
    {"permissions", &Reader::read_permission, false},
    {"exchanges", &Reader::read_exchange, true},
    {"topic_permissions", &Reader::read_topic_permission, false},
    {"global_parameters", &Reader::read_global_parameter, false},
    {"policies", &Reader::read_policy, true},
    {"parameters", &Reader::read_parameter, true},
    {"queues", &Reader::read_queue, true},
    {"bindings", &Reader::read_binding, true},
};

void Reader::read(const json::object& document, Faults& faults) {
    exported_by_.clear();
    for (const std::string_view key : {"rabbit_version", "rabbitmq_version"})
        if (const auto* version = find(document, key); version != nullptr && version->is_string())
            exported_by_ = std::string(version->get_string());

    for (const Section& section : sections)
        if (!only_vhost_ || section.of_vhost)
            read_section(document, section.name, section.read_entry, faults);
    warn_of_other_sections(document);
}

void Reader::read_section(const json::object& document, std::string_view section,
                          ReadEntry read_entry, Faults& faults) {
    const json::value* value = find(document, section);
    if (value == nullptr || value->is_null() || faults.first()) return;
    const json::array* list = value->if_array();
    if (list == nullptr)
        return faults.report({std::string(section)},
                             fmt::format("expected a list, found {}", describe(*value)));
    for (std::size_t i = 0; i < list->size() && !faults.first(); ++i) {
        JsonPath path{std::string(section), i};
        const json::object* members = (*list)[i].if_object();
        if (members == nullptr)
            return faults.report(std::move(path),
                                 fmt::format("expected an object, found {}", describe((*list)[i])));
        Entry entry(*members, std::move(path), faults);
        (this->*read_entry)(entry);
        warn_of_unknown_members(section, entry);
    }
}

void Reader::warn_of_other_sections(const json::object& document) {
    for (const auto& member : document) {
        const std::string_view key(member.key().data(), member.key().size());
        const auto* section = std::ranges::find(sections, key, &Section::name);
        const bool known = section != std::end(sections) ||
                           std::ranges::find(about_the_file, key) != std::end(about_the_file);
        if (!known)
            definitions.warnings.push_back(
                fmt::format("Section {} is unknown and was ignored.", key));
        else if (only_vhost_ && section != std::end(sections) && !section->of_vhost)
            definitions.warnings.push_back(fmt::format(
                "Section {} is not about virtual host '{}' and was ignored.", key, *only_vhost_));
    }
}

void Reader::warn_of_unknown_members(std::string_view section, const Entry& entry) {
    for (const auto& member : entry.unknown_members())
        if (warned_members_.insert(fmt::format("{}.{}", section, member)).second)
            definitions.warnings.push_back(fmt::format(
                "Member {} in section {} is unknown and was ignored.", member, section));
}

bool Reader::user_exists(std::string_view name) const {
    return users_.contains(name) || existing_.users.find(name) != nullptr;
}

bool Reader::vhost_exists(std::string_view name) const {
    return vhosts_.contains(name) || existing_.topology.find_vhost(name) != nullptr;
}

void Reader::add(std::string label, broker::TopologyCommandBody command) {
    definitions.commands.push_back({std::move(label), broker::TopologyCommand{std::move(command)}});
}

}  // namespace warren::http
