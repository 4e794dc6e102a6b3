#pragma once
// Histories of objects of one kind, by their ids, bounded in memory: beyond `bytes_max` those that
// have not changed for longest are forgotten, a quarter at a time, so that it is not done anew at
// every look.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/statistics/history.h"

namespace warren::http::statistics {

template <typename Key, typename Hash = std::hash<Key>>
class HistoryTable {
public:
    // The retention outlives it.
    HistoryTable(const Retention& retention, std::size_t bytes_max)
        : retention_(retention), bytes_max_(bytes_max) {}

    // Null: nothing is remembered, so it has not changed.
    const History* find(const Key& key) const {
        const auto found = histories_.find(key);
        return found == histories_.end() ? nullptr : &found->second;
    }
    std::size_t bytes() const { return bytes_; }
    std::size_t size() const { return histories_.size(); }

    // Its row is so now. One that was never seen has begun with zeros; one that was forgotten has
    // been as it is now.
    void record(const Key& key, std::int64_t now_s, std::span<const std::uint64_t> row) {
        const auto [place, is_new] = histories_.try_emplace(key, retention_);
        History& history = place->second;
        if (!is_new) bytes_ -= history.bytes();
        const bool came_back = is_new && was_forgotten(key);
        history.record(came_back ? now_s - remembered_s() : now_s, row);
        bytes_ += history.bytes();
        if (bytes_ > bytes_max_) make_room(now_s);
    }

    // Those that are gone, and those whose row has been the same at all times that anybody can ask
    // for.
    template <typename IsGone>
    void forget(std::int64_t now_s, IsGone&& is_gone) {
        std::erase_if(histories_, [&](const auto& each) {
            const bool gone = is_gone(each.first);
            if (!gone && now_s - each.second.changed_s() <= remembered_s()) return false;
            if (!gone) note_forgotten(each.first);
            bytes_ -= each.second.bytes();
            return true;
        });
    }

private:
    // By a part of the hash: that an id shares it with one that was forgotten costs a sample.
    static constexpr std::size_t marks = 65'536;

    std::int64_t remembered_s() const { return retention_.back().length_s; }
    bool was_forgotten(const Key& key) const {
        return !forgotten_.empty() && forgotten_[Hash{}(key) % marks];
    }
    void note_forgotten(const Key& key) {
        if (forgotten_.empty()) forgotten_.resize(marks);
        forgotten_[Hash{}(key) % marks] = true;
    }

    void make_room(std::int64_t now_s) {
        forget(now_s, [](const Key&) { return false; });
        const std::size_t bytes_wanted = bytes_max_ / 4 * 3;
        std::vector<std::pair<std::int64_t, Key>> by_age;
        by_age.reserve(histories_.size());
        for (const auto& [key, history] : histories_)
            by_age.emplace_back(history.changed_s(), key);
        std::ranges::stable_sort(by_age, {}, &std::pair<std::int64_t, Key>::first);
        for (const auto& [changed_s, key] : by_age) {
            if (bytes_ <= bytes_wanted) break;
            const auto found = histories_.find(key);
            bytes_ -= found->second.bytes();
            note_forgotten(key);
            histories_.erase(found);
        }
    }

    const Retention& retention_;
    const std::size_t bytes_max_;
    std::unordered_map<Key, History, Hash> histories_;
    std::size_t bytes_ = 0;
    std::vector<bool> forgotten_;  // empty: nothing ever was
};

}  // namespace warren::http::statistics
