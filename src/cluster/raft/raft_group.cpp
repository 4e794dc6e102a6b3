#include "cluster/raft/raft_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ensure.h"
#include "cluster/raft/raft_c.h"

namespace warren::cluster {

namespace {

// libraft counts the entries that it knows singly in 32 bits. It forgets those that are committed
// whenever there are this many, which is far from that and too seldom to cost anything.
constexpr std::uint64_t entries_known_singly_max = 4096;

// The voters that a group begins with are its entry 1 of term 1.
constexpr std::uint64_t founding_term = 1;

// No group comes near this in its life; what a disk says beyond is damage.
constexpr std::uint64_t number_max = std::numeric_limits<std::uint64_t>::max() / 2;

std::string text_of(int code, const char* detail = "") {
    return fmt::format("libraft: {}", *detail != '\0' ? detail : raft_strerror(code));
}

// libraft's own assertions are off in Debian's build: callers check what it takes for granted.
Result<raft_update, std::string> step(raft& group, raft_event& event) {
    raft_update update{};
    group.errmsg[0] = '\0';
    if (const int code = raft_step(&group, &event, &update); code != 0)
        return fail(text_of(code, raft_errmsg(&group)));
    return update;
}

Result<void, std::string> check(const RaftIdentity& identity) {
    if (std::ranges::find(identity.voters, identity.server) == identity.voters.end())
        return fail(
            fmt::format("server {} is not a voter of its Raft group", identity.server.value));
    if (std::ranges::find(identity.voters, RaftServerId{}) != identity.voters.end())
        return fail(std::string("a voter of a Raft group has the number 0"));
    return {};
}

Result<void, std::string> check(const HardState& stored) {
    if ((stored.last_index == 0) != (stored.last_term == 0))
        return fail(fmt::format("the last entry of a Raft group has index {} and term {}",
                                stored.last_index, stored.last_term));
    if (stored.last_term > stored.term)
        return fail(
            fmt::format("the last entry of a Raft group is of term {}, the group of term {}",
                        stored.last_term, stored.term));
    if (stored.term == 0 && stored.vote)
        return fail(
            fmt::format("a Raft group of term 0 has voted for server {}", stored.vote.value));
    if (stored.term > number_max || stored.last_index > number_max)
        return fail(
            fmt::format("a Raft group is at index {}, term {}", stored.last_index, stored.term));
    return {};
}

// The caller closes it. libraft wants an address beside each number and never looks at it.
Result<raft_configuration, std::string> configuration_of(std::span<const RaftServerId> voters) {
    raft_configuration configuration;
    raft_configuration_init(&configuration);
    for (const RaftServerId voter : voters) {
        const std::string address = std::to_string(voter.value);
        const int code =
            raft_configuration_add(&configuration, voter.value, address.c_str(), RAFT_VOTER);
        if (code != 0) {
            raft_configuration_close(&configuration);
            return fail(fmt::format("{} ({})", text_of(code), voter.value));
        }
    }
    return configuration;
}

}  // namespace

void RaftGroup::Close::operator()(raft* group) const {
    raft_close(group, nullptr);
    delete group;
}

Result<RaftGroup, std::string> RaftGroup::start(const RaftIdentity& identity,
                                                const HardState& stored) {
    if (auto fits = check(identity); !fits) return fail(std::move(fits.error()));
    if (auto fits = check(stored); !fits) return fail(std::move(fits.error()));

    auto memory = std::make_unique<raft>();
    const std::string address = std::to_string(identity.server.value);
    if (const int code =
            raft_init(memory.get(), nullptr, nullptr, identity.server.value, address.c_str());
        code != 0)
        return fail(text_of(code));
    Handle group(memory.release());
    // libraft's traces are written into buffers that all threads would share.
    group->tracer = nullptr;
    raft_seed(group.get(), static_cast<unsigned>(identity.server.value));

    auto configuration = configuration_of(identity.voters);
    if (!configuration) return fail(std::move(configuration.error()));
    // What was stored is to libraft a snapshot that ends with the last entry: it never asks for
    // one.
    const bool begins = stored.last_index == 0;
    raft_snapshot_metadata base{};
    base.index = begins ? founding_index : stored.last_index;
    base.term = begins ? founding_term : stored.last_term;
    base.configuration = *configuration;
    base.configuration_index = founding_index;

    // libraft lets a single voter lead on in the term that was stored.
    const bool alone = identity.voters.size() == 1;
    raft_event event{};
    event.type = RAFT_START;
    event.start.term = alone ? stored.term + 1 : std::max(stored.term, founding_term);
    event.start.voted_for = alone ? identity.server.value : stored.vote.value;
    event.start.metadata = &base;
    event.start.start_index = base.index + 1;
    const auto started = step(*group, event);
    // libraft 0.22 keeps the configuration, later ones copy it.
    if (group->configuration.servers != configuration->servers)
        raft_configuration_close(&*configuration);
    if (!started) return fail(started.error());
    return RaftGroup(std::move(group), base.index);
}

Result<std::uint64_t, std::string> RaftGroup::propose() {
    char nothing = 0;  // libraft passes the entry back as it is and keeps nothing of it
    raft_entry entry{};
    entry.term = term();
    entry.type = RAFT_COMMAND;
    entry.buf = {&nothing, 0};
    entry.batch = &nothing;
    raft_event event{};
    event.type = RAFT_SUBMIT;
    event.submit.entries = &entry;
    event.submit.n = 1;
    const auto update = step(*group_, event);
    if (!update) return fail(update.error());
    last_index_ = update->entries.index;
    return last_index_;
}

Result<std::uint64_t, std::string> RaftGroup::persisted(std::uint64_t index) {
    ENSURE(index <= last_index_);
    if (index > group_->last_stored) {
        raft_event event{};
        event.type = RAFT_PERSISTED_ENTRIES;
        event.persisted_entries.index = index;
        if (const auto update = step(*group_, event); !update) return fail(update.error());
        if (commit_index() - group_->trail.offset >= entries_known_singly_max)
            if (auto done = compact(); !done) return fail(std::move(done.error()));
    }
    return commit_index();
}

// Tells libraft that a snapshot holds all that is committed: what is stored is one at any time.
Result<void, std::string> RaftGroup::compact() {
    raft_event event{};
    event.type = RAFT_SNAPSHOT;
    event.snapshot.metadata.index = commit_index();
    event.snapshot.metadata.term = term();
    event.snapshot.metadata.configuration_index = founding_index;
    event.snapshot.trailing = 0;
    if (const auto update = step(*group_, event); !update) return fail(update.error());
    return {};
}

RaftRole RaftGroup::role() const {
    switch (group_->state) {
        case RAFT_LEADER:
            return RaftRole::leader;
        case RAFT_CANDIDATE:
            return RaftRole::candidate;
        default:
            return RaftRole::follower;
    }
}

std::uint64_t RaftGroup::term() const {
    return raft_current_term(group_.get());
}

RaftServerId RaftGroup::vote() const {
    return {raft_voted_for(group_.get())};
}

std::uint64_t RaftGroup::entries_known_singly() const {
    return last_index_ - group_->trail.offset;
}

std::uint64_t RaftGroup::commit_index() const {
    return raft_commit_index(group_.get());
}

}  // namespace warren::cluster
