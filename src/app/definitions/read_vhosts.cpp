// Virtual hosts and their limits (reader.h).
#include <fmt/format.h>

#include <algorithm>

#include "app/definitions/reader.h"

namespace warren::app {

namespace {

constexpr std::string_view queue_types[] = {"classic", "quorum", "stream"};

// Description, tags and default queue type stand in the entry, in its metadata, or in both: 3.8
// to 4.x differ.
struct VhostWords {
    std::optional<std::string> description;
    std::optional<std::vector<std::string>> tags;
    std::optional<std::string> default_queue_type;

    void read_from(Entry& entry) {
        if (auto text = entry.optional_text("description")) description = std::move(text);
        if (auto words = entry.words("tags")) tags = std::move(words);
        auto type = entry.optional_text("default_queue_type");
        if (!type || *type == "undefined") return;  // as 3.10 to 3.12 write "none"
        if (std::ranges::find(queue_types, *type) == std::end(queue_types))
            entry.fault("default_queue_type",
                        fmt::format("expected classic, quorum or stream, found \"{}\"", *type));
        default_queue_type = std::move(type);
    }
};

}  // namespace

void Reader::read_vhost(Entry& entry) {
    const std::string name = entry.name("name");
    VhostWords words;
    words.read_from(entry);
    if (auto metadata = entry.object("metadata")) words.read_from(*metadata);  // has the last word
    if (entry.flag("tracing", false))
        definitions.warnings.push_back(
            fmt::format("Tracing of virtual host '{}' is not supported yet.", name));

    const std::string label = fmt::format("vhost '{}'", name);
    if (vhost_exists(name))
        add(label, broker::UpdateVhost{.name = name,
                                       .description = words.description,
                                       .tags = words.tags,
                                       .default_queue_type = words.default_queue_type});
    else
        add(label,
            broker::CreateVhost{.name = name,
                                .description = words.description.value_or(""),
                                .tags = words.tags.value_or(std::vector<std::string>{}),
                                .default_queue_type = words.default_queue_type.value_or("")});
    if (words.default_queue_type || !vhosts_.contains(name))
        vhosts_[name] = words.default_queue_type.value_or(default_queue_type(name));
    if (auto limits = entry.object("limits")) set_vhost_limits(name, *limits);
}

// Limits of virtual hosts are runtime parameters in cluster-wide files.
void Reader::read_parameter(Entry& entry) {
    const std::string component = entry.text("component");
    const std::string name = entry.text("name");
    const std::string vhost = entry.text("vhost");
    if (component != "vhost-limits") {
        entry.ignore("value");
        definitions.warnings.push_back(
            fmt::format("Parameter '{}' of component {} in virtual host '{}' is not supported yet "
                        "and was ignored.",
                        name, component, vhost));
        return;
    }
    if (!vhost_exists(vhost))
        entry.fault("vhost", fmt::format("there is no virtual host '{}'", vhost));
    if (auto limits = entry.object("value")) set_vhost_limits(vhost, *limits);
}

void Reader::set_vhost_limits(std::string_view vhost, Entry& entry) {
    const auto as_signed = [](std::optional<std::uint64_t> limit) -> std::optional<std::int64_t> {
        if (!limit) return std::nullopt;
        return static_cast<std::int64_t>(*limit);
    };
    broker::VhostLimits limits{.queues_max = as_signed(entry.limit("max-queues")),
                               .connections_max = as_signed(entry.limit("max-connections"))};
    add(fmt::format("limits of vhost '{}'", vhost),
        broker::UpdateVhost{.name = std::string(vhost), .limits = limits});
}

std::string Reader::default_queue_type(const std::string& vhost) const {
    if (const auto found = vhosts_.find(vhost); found != vhosts_.end()) return found->second;
    const broker::Vhost* existing = existing_.topology.find_vhost(vhost);
    if (existing != nullptr && !existing->default_queue_type.empty())
        return existing->default_queue_type;
    return std::string(broker::name_of(existing_.default_queue_type));
}

}  // namespace warren::app
