#include "app/check_data.h"

#include <fmt/format.h>

#include <vector>

#include "app/check_report.h"
#include "app/data_folder.h"
#include "cluster/metadata_codec.h"
#include "cluster/metadata_state.h"
#include "storage/check/check.h"
#include "storage/command_files.h"

namespace warren::app {

namespace {

using Done = Result<void, std::string>;

constexpr const char* marker_name = "/repair-unfinished";

// Damages that are told one by one.
constexpr std::uint64_t told_max = 100;

class DataCheck {
public:
    DataCheck(const CheckDataRequest& request, storage::FileIo& io,
              const std::function<void(const std::string&)>& say)
        : data_(request.data_dir), request_(request), io_(io), say_(say) {}

    DataCondition run();

private:
    Done open();
    Done check_all();
    Done check_metadata();
    Done check_shard(const std::string& shard);
    Done repair_all();
    Done write_marker();
    Done remove_marker();
    void tell(const storage::Damage& damage);
    void sum_up() const;

    const std::string data_;
    const CheckDataRequest& request_;
    storage::FileIo& io_;
    const std::function<void(const std::string&)>& say_;

    std::optional<DataFolder> folder_;
    std::vector<std::string> shards_;  // names of their folders
    std::string unfinished_;           // name of a repair that was cut short
    LogOwners owners_;
    const storage::EntryCheck entry_check_ = [this](QueueId log,
                                                    const storage::LoadedEntry& entry) {
        return broker::fault_of_entry(owners_.owner_of(log), entry);
    };
    bool metadata_damaged_ = false;
    std::uint64_t damages_ = 0;  // places
    std::uint64_t told_ = 0;
    std::uint64_t notes_ = 0;
    storage::EntryCounts lost_;
    storage::EntryCounts kept_;
};

DataCondition DataCheck::run() {
    auto done = open();
    if (done) done = check_all();
    const bool to_do = damages_ != 0 || notes_ != 0 || !unfinished_.empty();
    if (done && request_.repair && to_do) done = repair_all();
    if (!done) {
        say_("cannot go on: " + done.error());
        return DataCondition::unknown;
    }
    const bool clean = damages_ == 0 && unfinished_.empty();
    return clean ? DataCondition::clean : DataCondition::damaged;
}

Done DataCheck::open() {
    auto folder = DataFolder::open_as_found(io_, data_);
    if (!folder) return fail(std::move(folder.error()));
    folder_ = std::move(*folder);
    const auto marker = storage::read_file(io_, data_ + marker_name);
    if (marker) unfinished_ = as_text(*marker);
    if (!unfinished_.empty()) say_("a repair was cut short: --repair finishes it");
    for (std::size_t shard = 0; shard < folder_->shard_count(); ++shard)
        shards_.push_back("shard-" + std::to_string(shard));
    return {};
}

Done DataCheck::check_all() {
    damages_ = told_ = notes_ = 0;
    lost_.clear();
    kept_.clear();
    if (auto done = check_metadata(); !done) return done;
    for (const std::string& shard : shards_)
        if (auto done = check_shard(shard); !done) return done;
    sum_up();
    return {};
}

Done DataCheck::check_metadata() {
    const std::string folder = folder_->metadata_path();
    const auto stored = storage::read_commands(io_, folder, false);
    if (!stored) return fail(stored.error().text());
    cluster::MetadataState state;
    std::uint64_t refused = 0;
    for (const std::string& bytes : stored->commands) {
        const auto command = cluster::decode_metadata_command(as_bytes(bytes));
        if (!command || !state.apply(*command)) ++refused;
    }
    owners_.learn(state.topology());
    say_(fmt::format("metadata: {} commands", stored->commands.size()));
    for (const storage::WalDamage& damage : stored->damages)
        tell({.place = damage.place,
              .bytes = damage.bytes,
              .what = damage.what,
              .more_is_unknown = true});
    if (refused != 0)
        tell({.place = {folder, 0},
              .what = fmt::format("{} commands cannot be understood or applied", refused),
              .more_is_unknown = true});
    metadata_damaged_ = !stored->damages.empty() || refused != 0;
    if (stored->log.tail_cut) {
        say_("  note: " + stored->log.tail.path + " ends in a piece that was never finished");
        ++notes_;
    }
    return {};
}

Done DataCheck::check_shard(const std::string& shard) {
    const auto found = storage::check_shard(io_, data_ + "/" + shard, entry_check_);
    if (!found) return fail(found.error());
    for (const auto& [place, count] : found->entries)
        kept_[place] += count;
    say_(fmt::format("{}: {} messages, {} records in {} log files, {} entries in {} segments",
                     shard, count_messages(found->entries, owners_), found->log_records,
                     found->log_files, found->segment_entries, found->segments));
    for (const std::string& note : found->notes)
        say_("  note: " + note);
    notes_ += found->notes.size();
    for (const storage::Damage& damage : found->damages)
        tell(damage);
    return {};
}

void DataCheck::tell(const storage::Damage& damage) {
    damages_ += damage.places;
    for (const auto& [place, count] : damage.entries)
        lost_[place] += count;
    if (++told_ > told_max) return;
    for (const std::string& line : describe(damage, owners_))
        say_("  " + line);
    if (told_ == told_max) say_("  what else is damaged is counted below");
}

void DataCheck::sum_up() const {
    storage::EntryCounts forgotten;
    for (const auto& [place, count] : kept_)
        if (owners_.owner_of(place.log) == broker::LogOwner::unknown) forgotten[place] = count;
    if (!forgotten.empty()) say_("note: the next start forgets " + describe(forgotten, owners_));
    if (damages_ == 0) {
        say_("no damage");
        return;
    }
    say_(fmt::format("{} damaged. Lost at most: {}",
                     damages_ == 1 ? "1 place" : fmt::format("{} places", damages_),
                     lost_.empty() ? "no message that is known of" : describe(lost_, owners_)));
    if (!request_.repair)
        say_("Nothing was changed. --repair sets damaged files aside and keeps what is sound.");
}

Done DataCheck::repair_all() {
    // Queues are known by number, and a command that is lost may have used one up: going on without
    // it could give messages to the wrong queue.
    if (metadata_damaged_)
        return fail(
            "the metadata is damaged, and without all of it nobody knows which messages belong to "
            "which queue: bring back the folder 'metadata' from a backup, or start with an empty "
            "data folder and load_definitions");
    if (auto done = write_marker(); !done) return done;
    if (const auto cut = storage::read_commands(io_, folder_->metadata_path(), true); !cut)
        return fail(cut.error().text());
    const std::string aside = data_ + "/damaged/" + unfinished_;
    for (const std::string& shard : shards_) {
        const auto said = storage::repair_shard(io_, fmt::format("{}/{}", data_, shard),
                                                fmt::format("{}/{}", aside, shard), entry_check_);
        if (!said) return fail(said.error());
        for (const std::string& line : *said)
            say_("repair: " + line);
    }
    if (auto done = remove_marker(); !done) return done;
    say_("checking again");
    return check_all();
}

Done DataCheck::write_marker() {
    if (!unfinished_.empty()) return {};
    const std::string path = data_ + marker_name;
    const auto write = [&]() -> Result<void, storage::IoError> {
        auto file = io_.open(path + ".new", storage::OpenMode::create);
        if (!file) return fail(file.error());
        const ByteView name = as_bytes(request_.repair_name);
        if (auto written = (*file)->write_at(0, name); !written) return written;
        if (auto synced = (*file)->sync(); !synced) return synced;
        if (auto renamed = io_.rename(path + ".new", path); !renamed) return renamed;
        return io_.sync_folder(data_);
    };
    if (auto written = write(); !written) return fail(written.error().text());
    unfinished_ = request_.repair_name;
    return {};
}

Done DataCheck::remove_marker() {
    if (auto removed = io_.remove(data_ + marker_name); !removed)
        return fail(removed.error().text());
    if (auto synced = io_.sync_folder(data_); !synced) return fail(synced.error().text());
    unfinished_.clear();
    return {};
}

}  // namespace

DataCondition check_data(const CheckDataRequest& request, storage::FileIo& io,
                         const std::function<void(const std::string& line)>& say) {
    return DataCheck(request, io, say).run();
}

std::optional<std::string> unfinished_repair(storage::FileIo& io, const std::string& data_dir) {
    if (!io.open(data_dir + marker_name, storage::OpenMode::read)) return std::nullopt;
    return fmt::format(
        "a repair of the data folder {0} was cut short; finish it first:\n"
        "    warrenmq-server --check-data {0} --repair",
        data_dir);
}

}  // namespace warren::app
