#pragma once
// What a check of a data folder has found, in sentences for people. However many queues are
// concerned, a sentence names only some of them.
#include <string>
#include <vector>

#include "app/log_owners.h"
#include "storage/check/check.h"

namespace warren::app {

inline constexpr std::size_t named_in_a_sentence_max = 10;

// "3 messages of queue 'a' in vhost '/', 1 message of a queue that is not known"
std::string describe(const storage::EntryCounts& counts, const LogOwners& owners);

// Those of which the next start brings back the owner.
std::uint64_t count_messages(const storage::EntryCounts& counts, const LogOwners& owners);

// A damage and what it costs, a line each.
std::vector<std::string> describe(const storage::Damage& damage, const LogOwners& owners);

}  // namespace warren::app
