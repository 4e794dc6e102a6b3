#include "app/metadata_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/bootstrap.h"
#include "app/vhost_defaults.h"
#include "base/clock.h"
#include "base/log.h"
#include "cluster/metadata_fold.h"
#include "http/definitions/definitions.h"
#include "storage/command_log.h"

namespace warren::app {

namespace {

// Numbers that a node may give out in one life: so many that it cannot use them up.
constexpr std::uint64_t numbers_a_life = std::uint64_t{1} << 32;

// The replica of the starting thread, and the log that it keeps up to date.
class Start {
public:
    Start(const config::Config& config, DataFolder& folder, cluster::MetadataLog& log)
        : config_(config), folder_(folder), log_(log) {}

    Result<void, std::string> recover(std::vector<std::string> commands);
    // Defaults and definitions.
    Result<void, std::string> add_wanted();
    Result<void, std::string> make_safe(StorageLane& lane);
    const cluster::MetadataState& state() const { return state_; }

private:
    Result<void, std::string> add_definitions(const std::vector<std::string>& paths);
    Result<void, std::string> add_files(const std::vector<std::string>& paths);
    Result<void, std::string> add_file(const std::string& path);
    Result<void, std::string> begin_life();
    Result<void, std::string> change(const cluster::MetadataCommand& command);
    Result<void, std::string> check_shards() const;

    const config::Config& config_;
    DataFolder& folder_;
    cluster::MetadataLog& log_;
    cluster::MetadataState state_;
};

Result<void, std::string> Start::recover(std::vector<std::string> commands) {
    if (auto replayed = state_.replay(commands); !replayed)
        return fail(fmt::format("{}: {}", folder_.metadata_path(), replayed.error()));
    if (auto checked = check_shards(); !checked) return checked;
    if (commands.empty()) return {};
    if (auto forgot = change(broker::TopologyCommand{broker::ForgetTransient{}}); !forgot)
        return forgot;
    return begin_life();
}

// The last commands before a power cut may never have reached the disk, while the messages of a
// queue that they made have. Its number must not become that of another queue.
Result<void, std::string> Start::begin_life() {
    const std::uint64_t life = state_.topology().last_number() / numbers_a_life + 1;
    return change(broker::TopologyCommand{broker::ReserveNumbers{life * numbers_a_life + 1}});
}

Result<void, std::string> Start::check_shards() const {
    for (const auto& vhost : state_.topology().vhosts())
        for (const auto& queue : vhost->queues)
            if (queue->shard.value >= folder_.shard_count())
                return fail(fmt::format(
                    "{}: queue '{}' in vhost '{}' lives on shard {}, and there are {}: the format "
                    "file of the data folder is missing or was changed",
                    folder_.metadata_path(), queue->name, vhost->name, queue->shard.value,
                    folder_.shard_count()));
    return {};
}

Result<void, std::string> Start::change(const cluster::MetadataCommand& command) {
    const auto applied = state_.apply(command);
    if (!applied) return fail(applied.error());
    if (*applied == broker::Outcome::changed) log_.append(command);
    return {};
}

Result<void, std::string> Start::add_wanted() {
    std::vector<std::string> paths;
    for (const std::string& path : {config_.load_definitions, config_.management_definitions})
        if (!path.empty() && std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
    if (!paths.empty()) return add_definitions(paths);
    if (!folder_.is_new()) return {};
    for (const auto& command : default_metadata(config_))
        if (auto changed = change(command); !changed) return changed;
    return {};
}

Result<void, std::string> Start::add_definitions(const std::vector<std::string>& paths) {
    if (!config_.skip_unchanged_definitions) return add_files(paths);
    std::string digest;
    for (const std::string& path : paths) {
        const auto of_path = http::digest_of_definitions(path);
        if (!of_path) return fail(of_path.error().message());
        digest += *of_path;
    }
    const std::string name(http::imported_definitions_parameter);
    const auto& parameters = state_.topology().global_parameters();
    const auto known = parameters.find(name);
    if (known != parameters.end() && known->second == amqp091::FieldValue(digest)) {
        log::info(log::general, "definitions are those of the last import, which is skipped");
        return {};
    }
    if (auto added = add_files(paths); !added) return added;
    return change(broker::TopologyCommand{broker::SetGlobalParameter{name, digest}});
}

Result<void, std::string> Start::add_files(const std::vector<std::string>& paths) {
    for (const std::string& path : paths)
        if (auto added = add_file(path); !added) return added;
    return {};
}

Result<void, std::string> Start::add_file(const std::string& path) {
    auto definitions = http::load_definitions(
        path, {state_.topology(), state_.users(), hashing_of(config_.auth.password_hashing),
               config_.default_queue_type});
    if (!definitions) return fail(definitions.error().message());
    for (const auto& warning : definitions->warnings)
        log::warning(log::general, "{}", warning);
    for (auto& [label, definition] : definitions->commands) {
        if (auto* change = std::get_if<broker::TopologyCommand>(&definition))
            if (auto* queue = std::get_if<broker::DeclareQueue>(&change->body))
                queue->shard = {static_cast<std::uint16_t>(
                    std::hash<std::string_view>{}(queue->name) % folder_.shard_count())};
        const auto changed =
            std::visit([this](const auto& command) { return change(command); }, definition);
        if (!changed) return fail(fmt::format("{}: {}: {}", path, label, changed.error()));
    }
    log::info(log::general, "definitions from {}: {} objects", path, definitions->commands.size());
    return {};
}

Result<void, std::string> Start::make_safe(StorageLane& lane) {
    const auto unsafe = [&] {
        return log_.durable_through() < log_.last_index() && log_.failure().empty();
    };
    // Only this: to make a long log shorter has time until clients are served.
    for (bool working = true; working && unsafe();) {
        log_.end_turn(read_clocks().instant, true);
        working = lane.work_off(unsafe);
    }
    if (!log_.failure().empty()) return fail(log_.failure());
    if (unsafe())
        return fail(fmt::format("the metadata cannot be written to {}: {}", folder_.metadata_path(),
                                log_.last_notice()));
    return folder_.is_new() ? folder_.finish_new() : Result<void, std::string>{};
}

}  // namespace

Result<StartingMetadata, std::string> start_metadata(const config::Config& config,
                                                     DataFolder& folder,
                                                     std::unique_ptr<cluster::MetadataLog> log,
                                                     StorageLane& lane,
                                                     std::vector<std::string> recovered) {
    Start start(config, folder, *log);
    if (auto done = start.recover(std::move(recovered)); !done)
        return fail(std::move(done.error()));
    if (auto done = start.add_wanted(); !done) return fail(std::move(done.error()));
    if (auto done = start.make_safe(lane); !done) return fail(std::move(done.error()));
    return StartingMetadata{std::move(log), cluster::commands_to_rebuild(start.state().topology(),
                                                                         start.state().users())};
}

Result<StartingMetadata, std::string> start_metadata(const config::Config& config,
                                                     DataFolder& folder, storage::FileIo& io,
                                                     StorageLane& lane) {
    storage::CommandLog::Recovered recovered;
    auto log = cluster::MetadataLog::open([&](storage::CommandLogEvents& events) {
        return storage::CommandLog::open({.folder = folder.metadata_path()}, io, lane, events,
                                         cluster::fold_metadata, recovered);
    });
    if (!log) return fail(std::move(log.error()));
    for (const auto& note : recovered.notes)
        log::warning(log::general, "{}", note);
    return start_metadata(config, folder, std::move(*log), lane, std::move(recovered.commands));
}

}  // namespace warren::app
