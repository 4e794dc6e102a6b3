// Virtual hosts and their limits (reader.h).
#include <fmt/format.h>

#include <algorithm>

#include "http/definitions/reader.h"

namespace warren::http {

namespace {

constexpr std::string_view queue_types[] = {"classic", "quorum", "stream"};

// Description, tags and default queue type stand in the entry, in its metadata, or in both: 3.8
// to 4.x differ.
struct VhostWords {
    std::optional<std::string> description;
    std::optional<std::vector<std::string>> tags;
    std::optional<std::string> default_queue_type;
    std::optional<bool> is_protected;

    void read_from(Entry& entry) {
        if (auto text = entry.optional_text("description")) description = std::move(text);
        if (auto words = entry.words("tags")) tags = std::move(words);
        if (entry.has("protected_from_deletion"))
            is_protected = entry.flag("protected_from_deletion", false);
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
    const bool traced = entry.flag("tracing", false);

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
    if (words.is_protected)
        add(fmt::format("protection of vhost '{}'", name),
            broker::ProtectVhost{name, *words.is_protected});
    if (traced) add(fmt::format("tracing of vhost '{}'", name), broker::TraceVhost{name, true});
    if (auto limits = entry.object("limits")) set_vhost_limits(name, *limits);
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

}  // namespace warren::http
