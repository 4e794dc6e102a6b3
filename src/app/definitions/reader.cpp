#include "app/definitions/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ranges>

namespace warren::app {

namespace json = boost::json;

namespace {

const json::value* find(const json::object& document, std::string_view key) {
    return document.if_contains({key.data(), key.size()});
}

// Known and not acted upon: what RabbitMQ writes about the file itself.
constexpr std::string_view about_the_file[] = {
    "rabbit_version", "rabbitmq_version",           "product_name",          "product_version",
    "explanation",    "rabbitmq_definition_format", "original_cluster_name", "original_vhost_name",
};
constexpr std::string_view later_sections[] = {"global_parameters", "policies"};

}  // namespace

const std::pair<std::string_view, Reader::ReadEntry> Reader::sections[] = {
    {"users", &Reader::read_user},           {"vhosts", &Reader::read_vhost},
    {"parameters", &Reader::read_parameter}, {"permissions", &Reader::read_permission},
    {"exchanges", &Reader::read_exchange},   {"topic_permissions", &Reader::read_topic_permission},
    {"queues", &Reader::read_queue},         {"bindings", &Reader::read_binding},
};

void Reader::read(const json::object& document, Faults& faults) {
    exported_by_.clear();
    for (const std::string_view key : {"rabbit_version", "rabbitmq_version"})
        if (const auto* version = find(document, key); version != nullptr && version->is_string())
            exported_by_ = std::string(version->get_string());

    for (const auto& [section, read_entry] : sections)
        read_section(document, section, read_entry, faults);
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
    const auto contains = [](const auto& keys, std::string_view key) {
        return std::ranges::find(keys, key) != std::end(keys);
    };
    for (const auto& member : document) {
        const std::string_view key(member.key().data(), member.key().size());
        const json::array* list = member.value().if_array();
        if (contains(later_sections, key) && list != nullptr && !list->empty())
            definitions.warnings.push_back(
                fmt::format("Section {} is not supported yet: its {} entries were ignored.", key,
                            list->size()));
        else if (!contains(later_sections, key) && !contains(about_the_file, key) &&
                 !contains(sections | std::views::keys, key))
            definitions.warnings.push_back(
                fmt::format("Section {} is unknown and was ignored.", key));
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

}  // namespace warren::app
