#include "broker/exchange/topic_cache.h"

#include <algorithm>
#include <bit>

#include "broker/exchange/text_hash.h"

namespace warren::broker {

namespace {

constexpr std::size_t entries_min = 64;
constexpr std::size_t entries_max = 16'384;
constexpr std::size_t entries_per_binding = 4;

// Of so many questions a quarter must be answered, else the next so many are not asked.
constexpr std::uint32_t round_questions = 4096;
constexpr std::uint32_t rest_questions = 16 * round_questions;

}  // namespace

const TopicCache::Entry* TopicCache::find(std::string_view key) {
    if (entries_.empty() || is_resting()) return nullptr;
    const Entry& entry = entry_of(key);
    if (entry.generation != generation_ || entry.key() != key) return nullptr;
    ++found_;
    return &entry;
}

void TopicCache::put(std::string_view key, Destinations destinations) {
    if (resting_ != 0 || key.size() > Entry::key_bytes_max ||
        destinations.size() > Entry::destinations_max)
        return;
    if (entries_.size() != entries_wanted_) entries_ = std::vector<Entry>(entries_wanted_);
    if (entries_.empty()) return;
    Entry& entry = entry_of(key);
    entry.generation = generation_;
    entry.key_bytes = static_cast<std::uint8_t>(key.size());
    entry.destination_count = static_cast<std::uint8_t>(destinations.size());
    std::ranges::copy(key, entry.key_text.begin());
    std::ranges::copy(destinations, entry.to.begin());
}

// The memory is taken and given back when something is put in again.
void TopicCache::forget(std::size_t bindings) {
    if (++generation_ == 0) {
        entries_.clear();
        generation_ = 1;
    }
    const std::size_t fitting = std::bit_ceil(bindings * entries_per_binding);
    const std::size_t wanted = bindings == 0 ? 0 : std::clamp(fitting, entries_min, entries_max);
    // Not back and forth where one binding comes and goes.
    if (wanted > entries_wanted_ || wanted * 4 <= entries_wanted_) entries_wanted_ = wanted;
    if (entries_wanted_ == 0) entries_ = {};
    asked_ = found_ = resting_ = 0;
}

bool TopicCache::is_resting() {
    if (resting_ != 0) {
        --resting_;
        return true;
    }
    if (++asked_ <= round_questions) return false;
    if (found_ < round_questions / 4) resting_ = rest_questions;
    asked_ = found_ = 0;
    return false;
}

TopicCache::Entry& TopicCache::entry_of(std::string_view key) {
    return entries_[text_hash(key) & (entries_.size() - 1)];
}

}  // namespace warren::broker
