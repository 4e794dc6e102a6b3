#include "app/check_report.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace warren::app {

namespace {

using broker::EntryKind;

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

// In words that say what it costs to lose them.
std::string counted(std::uint64_t count, EntryKind kind) {
    switch (kind) {
        case EntryKind::message:
            return counted(count, "message");
        case EntryKind::chunk:
            return counted(count, "list") + " of up to 4096 messages each";
        case EntryKind::raft_entry:
            return counted(count, "Raft record") + " (no message)";
        case EntryKind::note:
            return counted(count, "delivery count") + " (no message)";
        case EntryKind::deduplication_key:
            return counted(count, "de-duplication key") + " (no message)";
        case EntryKind::unknown:
            break;
    }
    return counted(count, "stored item");
}

// What is not known to be of anybody was most likely a message.
EntryKind kind_of(const storage::LogLevel& place, const LogOwners& owners) {
    if (!place.log) return EntryKind::message;
    return broker::kind_of_entry(owners.owner_of(place.log), place.level);
}

// Takes names until there are enough.
class NameList {
public:
    void add(const std::string& name) {
        if (count_++ < named_in_a_sentence_max) text_ += (text_.empty() ? "" : ", ") + name;
    }
    std::string text() const {
        if (count_ <= named_in_a_sentence_max) return text_;
        return fmt::format("{} and {} more", text_, count_ - named_in_a_sentence_max);
    }

private:
    std::string text_;
    std::size_t count_ = 0;
};

}  // namespace

std::string describe(const storage::EntryCounts& counts, const LogOwners& owners) {
    std::map<std::pair<QueueId, EntryKind>, std::uint64_t> sums;
    for (const auto& [place, count] : counts)
        sums[{place.log, kind_of(place, owners)}] += count;
    NameList list;
    for (const auto& [thing, count] : sums)
        list.add(counted(count, thing.second) + " of " + owners.name_of(thing.first));
    return list.text();
}

std::uint64_t count_messages(const storage::EntryCounts& counts, const LogOwners& owners) {
    std::uint64_t messages = 0;
    for (const auto& [place, count] : counts)
        if (kind_of(place, owners) == EntryKind::message) messages += count;
    return messages;
}

std::vector<std::string> describe(const storage::Damage& damage, const LogOwners& owners) {
    std::vector<std::string> lines;
    lines.push_back(fmt::format("DAMAGED {} at byte {}: {}", damage.place.path, damage.place.offset,
                                damage.what));
    if (damage.bytes != 0) lines.back() += fmt::format(" ({})", counted(damage.bytes, "byte"));
    if (damage.places > 1)
        lines.back() += fmt::format(", and so in {} behind", counted(damage.places - 1, "place"));

    if (!damage.entries.empty())
        lines.push_back("    costs at most " + describe(damage.entries, owners));
    NameList perhaps;
    for (const QueueId log : damage.perhaps_of)
        perhaps.add(owners.name_of(log));
    if (!damage.perhaps_of.empty()) lines.push_back("    perhaps of " + perhaps.text());
    if (damage.settlements != 0)
        lines.push_back(
            fmt::format("    {} lost: messages that had been consumed may come back",
                        counted(damage.settlements, "record") + " of acknowledgements"));
    if (damage.more_is_unknown) lines.push_back("    what else was there cannot be told");
    const bool free_of_cost =
        damage.entries.empty() && damage.settlements == 0 && !damage.more_is_unknown;
    if (free_of_cost) lines.push_back("    costs no message");
    return lines;
}

}  // namespace warren::app
