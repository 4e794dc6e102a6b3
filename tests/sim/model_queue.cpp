#include "tests/sim/model_queue.h"

#include <algorithm>
#include <utility>

namespace warren::sim {

using storage::EntryHead;
using storage::EntryPlace;
using storage::EntrySink;
using storage::EntryView;
using storage::LoadedEntry;

// Takes what comes back.
class ModelQueue::Loader final : public storage::LoadSink {
public:
    explicit Loader(const ModelQueue& queue) : queue_(queue) {}
    void take(const LoadedEntry& entry) override { messages.push_back(queue_.message_of(entry)); }

    std::vector<Message> messages;

private:
    const ModelQueue& queue_;
};

ModelQueue::Message ModelQueue::message_of(const LoadedEntry& entry) const {
    Message message{ledger_.check(id_, entry), entry.head, std::string(as_text(entry.payload)),
                    nullptr, true};
    if (!entry.body.empty())
        message.body = std::make_shared<const std::string>(as_text(entry.body));
    return message;
}

// ---- restarts ----

void ModelQueue::attach(storage::LogEngine& engine) {
    Loader loader(*this);
    log_ = engine.attach(id_, *this, loader, restored_);
    last_position_ = collected_through_ = restored_.last_position;
    std::uint64_t last = 0;
    for (Message& message : loader.messages) {
        const std::uint64_t position = message.head.position;
        require(position > last, "queue {}: restored in disorder", id_.value);
        last = position;
        tail_[message.head.level].emplace(position, std::move(message));
    }
    require(last <= last_position_, "queue {}: position {} is above the last", id_.value, last);
}

void ModelQueue::load_all() {
    for (std::uint8_t level = 0; level < level_count; ++level) {
        std::uint64_t last = 0;
        while (log_->has_paged(level)) {
            Loader loader(*this);
            log_->load(level, {.entries = 7, .bytes = 1 << 20}, loader);
            for (Message& message : loader.messages) {
                const std::uint64_t position = message.head.position;
                require(position > last, "queue {}: loaded in disorder", id_.value);
                last = position;
                head_[level].emplace(position, std::move(message));
            }
        }
        if (tail_[level].empty()) continue;
        require(last < tail_[level].begin()->first,
                "queue {}: position {} is in the log and in a run", id_.value, last);
    }
}

std::set<EntryNumber> ModelQueue::numbers() const {
    std::set<EntryNumber> all;
    const auto add = [&](const auto& entries) {
        for (const auto& [position, entry] : entries)
            require(all.insert(entry.number).second, "queue {}: entry {} is there twice", id_.value,
                    entry.number);
    };
    for (std::uint8_t level = 0; level < level_count; ++level) {
        add(returned_[level]);
        add(head_[level]);
        add(paged_[level]);
        add(tail_[level]);
    }
    add(unacked_);
    return all;
}

void ModelQueue::expect_paged(const ModelQueue& loaded) {
    require(restored_.last_position == loaded.restored_.last_position,
            "queue {}: two starts differ in the last position", id_.value);
    for (std::uint8_t level = 0; level < level_count; ++level) {
        require(tail_[level].size() == loaded.tail_[level].size(),
                "queue {}: two starts differ in what the log has", id_.value);
        for (const auto& [position, message] : loaded.head_[level])
            paged_[level].emplace(position, PagedEntry{message.number, message.head});
        unknown_[level] = -loaded.unknown_[level];
    }
}

// ---- what users do ----

std::uint64_t ModelQueue::publish(const Publication& publication) {
    Message message{0, publication.head, {}, publication.body, publication.head.persistent};
    message.head.position = ++last_position_;
    const std::size_t body_bytes = message.body ? message.body->size() : 0;
    message.number =
        ledger_.add({id_, message.head, publication.payload_bytes,
                     message.body ? number_of(as_bytes(*message.body)) : 0, body_bytes});
    message.payload = numbered_bytes(message.number, publication.payload_bytes);
    Messages& tail = tail_[message.head.level];
    Message& kept = tail.emplace(last_position_, std::move(message)).first->second;
    if (!kept.logged) return last_position_;
    const ByteView payload = as_bytes(kept.payload);
    const std::size_t cut = payload.size() / 3;
    log_->append({kept.head,
                  {payload.first(cut), payload.subspan(cut)},
                  kept.body ? as_bytes(*kept.body) : ByteView()});
    return last_position_;
}

// Null: the level is empty.
ModelQueue::Messages* ModelQueue::next_place(std::uint8_t level) {
    while (head_[level].empty() && paged_count(level) != 0)
        load(level, {.entries = 3, .bytes = 4096});
    Messages* const waiting =
        !head_[level].empty() || paged_count(level) != 0 ? &head_[level] : &tail_[level];
    Messages& returned = returned_[level];
    if (waiting->empty()) return returned.empty() ? nullptr : &returned;
    const bool returned_first =
        !returned.empty() && returned.begin()->first < waiting->begin()->first;
    return returned_first ? &returned : waiting;
}

std::optional<std::uint64_t> ModelQueue::deliver(std::uint8_t level) {
    Messages* const place = next_place(level);
    if (place == nullptr) return std::nullopt;
    auto node = place->extract(place->begin());
    const std::uint64_t position = node.key();
    unacked_.insert(std::move(node));
    return position;
}

std::vector<std::uint64_t> ModelQueue::unacked() const {
    std::vector<std::uint64_t> positions;
    for (const auto& [position, message] : unacked_)
        positions.push_back(position);
    return positions;
}

// The rule of EntryOwner.
void ModelQueue::leave(const Message& message) {
    const std::uint64_t position = message.head.position;
    ledger_.settle(id_, message.number);
    if (message.logged || position <= collected_through_)
        log_->settle(message.head.level, position);
}

void ModelQueue::settle(std::uint64_t position) {
    const auto node = unacked_.extract(position);
    leave(node.mapped());
}

void ModelQueue::requeue(std::uint64_t position) {
    auto node = unacked_.extract(position);
    const std::uint8_t level = node.mapped().head.level;
    returned_[level].insert(std::move(node));
}

void ModelQueue::drop_ready(Prng& prng) {
    const auto level = static_cast<std::size_t>(prng.below(level_count));
    Messages* const places[] = {&returned_[level], &head_[level], &tail_[level]};
    Messages& place = *places[prng.below(3)];
    if (place.empty()) return;
    const auto at = std::next(place.begin(), static_cast<std::ptrdiff_t>(prng.below(place.size())));
    leave(at->second);
    place.erase(at);
}

void ModelQueue::purge() {
    for (std::uint8_t level = 0; level < level_count; ++level) {
        for (Messages* place : {&returned_[level], &head_[level], &tail_[level]}) {
            for (const auto& [position, message] : *place)
                leave(message);
            place->clear();
        }
        for (const auto& [position, entry] : paged_[level])
            ledger_.settle(id_, entry.number);
        paged_[level].clear();
        unknown_[level] = 0;
    }
    log_->settle_paged();
}

void ModelQueue::expire(std::int64_t now_ms, std::uint32_t most) {
    Loader loader(*this);
    bool due = false;
    for (const auto& paged : paged_)
        due = due || std::ranges::any_of(paged, [&](const auto& item) {
                  return item.second.head.deadline_ms <= now_ms;
              });
    const bool found = log_->load_expiring(now_ms, most, loader);
    require(found || !due, "queue {}: load_expiring() finds nothing that is due", id_.value);
    std::size_t count = 0;
    for (Message& message : loader.messages) {
        const std::uint64_t position = message.head.position;
        const std::uint8_t level = message.head.level;
        require(paged_[level].erase(position) == 1, "queue {}: position {} was not paged",
                id_.value, position);
        returned_[level].emplace(position, std::move(message));
        ++count;
    }
    require(count <= most, "queue {}: {} entries expire, and not {} at most", id_.value, count,
            most);
    for (std::uint8_t level = 0; level < level_count; ++level) {
        if (count < most)
            for (const auto& [position, entry] : paged_[level])
                require(entry.head.deadline_ms > now_ms,
                        "queue {}: position {} is due and was not loaded", id_.value, position);
        for (Messages* place : {&returned_[level], &head_[level], &tail_[level]})
            std::erase_if(*place, [&](const auto& item) {
                if (item.second.head.deadline_ms > now_ms) return false;
                leave(item.second);
                return true;
            });
    }
}

void ModelQueue::spill(std::uint64_t through) {
    log_->spill(std::min(through, last_position_));
}

void ModelQueue::remove() {
    log_->remove();
    log_.reset();
    ledger_.forget(id_);
}

void ModelQueue::drain() {
    if (is_stream()) return cut(last_position_);
    for (std::uint8_t level = 0; level < level_count; ++level)
        while (deliver(level)) {
        }
    for (const std::uint64_t position : unacked())
        settle(position);
}

void ModelQueue::load(std::uint8_t level, const storage::LoadLimit& limit) {
    Loader loader(*this);
    log_->load(level, limit, loader);
    auto& paged = paged_[level];
    for (Message& message : loader.messages) {
        const std::uint64_t position = message.head.position;
        // A damaged one is passed over.
        while (!paged.empty() && paged.begin()->first < position)
            drop_damaged(level);
        require(!paged.empty() && paged.begin()->first == position,
                "queue {}: position {} was loaded out of turn", id_.value, position);
        paged.erase(paged.begin());
        head_[level].emplace(position, std::move(message));
    }
    while (!paged.empty() && paged_count(level) == 0)
        drop_damaged(level);
    require(!loader.messages.empty() || paged.empty() || lost_entries_ != 0,
            "queue {}: nothing was loaded", id_.value);
    require(loader.messages.size() <= limit.entries, "queue {}: more was loaded than wanted",
            id_.value);
}

void ModelQueue::drop_damaged(std::uint8_t level) {
    auto& paged = paged_[level];
    const auto& [position, entry] = *paged.begin();
    require(ledger_.is_doubtful(id_, entry.number), "queue {}: position {} is lost", id_.value,
            position);
    paged.erase(paged.begin());
    ++unknown_[level];
}

std::size_t ModelQueue::paged_count(std::uint8_t level) const {
    return paged_[level].size() + static_cast<std::size_t>(unknown_[level]);
}

std::size_t ModelQueue::size() const {
    std::size_t size = unacked_.size();
    for (std::uint8_t level = 0; level < level_count; ++level)
        size += returned_[level].size() + head_[level].size() + paged_[level].size() +
                tail_[level].size();
    return size;
}

void ModelQueue::check() const {
    storage::PagedFigures figures;
    std::int64_t deadline = EntryHead::no_deadline;
    bool all_readable = lost_entries_ == 0;
    for (std::uint8_t level = 0; level < level_count; ++level) {
        const auto& paged = paged_[level];
        figures.entries += paged_count(level);
        all_readable = all_readable && unknown_[level] == 0;
        require(log_->has_paged(level) == (paged_count(level) != 0),
                "queue {}: has_paged({}) is wrong", id_.value, level);
        bool is_first = true;
        for (const auto& [position, entry] : paged) {
            if (!ledger_.is_doubtful(id_, entry.number)) {
                require(!std::exchange(is_first, false) || log_->first_paged(level) <= position,
                        "queue {}: first_paged({}) is above {}", id_.value, level, position);
                deadline = std::min(deadline, entry.head.deadline_ms);
            }
            figures.body_bytes += entry.head.body_bytes;
            if (!entry.head.persistent) continue;
            ++figures.persistent;
            figures.persistent_body_bytes += entry.head.body_bytes;
        }
    }
    const storage::PagedFigures& told = log_->paged();
    require(told.entries == figures.entries, "queue {}: {} paged entries, and not {}", id_.value,
            told.entries, figures.entries);
    // Of a damaged entry it is not known what it was.
    if (all_readable)
        require(told.body_bytes == figures.body_bytes && told.persistent == figures.persistent &&
                    told.persistent_body_bytes == figures.persistent_body_bytes,
                "queue {}: {} paged bytes, {} persistent of {} entries, and not {}, {}, {}",
                id_.value, told.body_bytes, told.persistent_body_bytes, told.persistent,
                figures.body_bytes, figures.persistent_body_bytes, figures.persistent);
    require(log_->next_paged_deadline() <= deadline, "queue {}: a deadline would be missed",
            id_.value);
}

// ---- EntryOwner ----

void ModelQueue::collect(std::uint64_t after, std::uint64_t through, EntrySink& sink) {
    collected_through_ = std::max(collected_through_, through);
    for (std::uint8_t level = 0; level < level_count; ++level) {
        std::map<std::uint64_t, const Message*> passed_on;
        const auto add = [&](const auto& messages, bool transient_too) {
            for (auto at = messages.upper_bound(after);
                 at != messages.end() && at->first <= through; ++at)
                if (at->second.head.level == level && (at->second.logged || transient_too))
                    passed_on.emplace(at->first, &at->second);
        };
        add(returned_[level], false);
        add(unacked_, false);
        add(tail_[level], true);
        for (const auto& [position, message] : passed_on) {
            const ByteView payload = as_bytes(message->payload);
            sink.take({message->head,
                       {payload.first(1), payload.subspan(1)},
                       message->body ? as_bytes(*message->body) : ByteView()});
        }
    }
}

void ModelQueue::paged_out(std::uint64_t after, std::uint64_t through,
                           std::vector<EntryPlace>& kept) {
    const auto in_range = [&](std::uint64_t position) {
        return position > after && position <= through;
    };
    for (std::uint8_t level = 0; level < level_count; ++level) {
        std::erase_if(tail_[level], [&](const auto& item) {
            if (!in_range(item.first)) return false;
            paged_[level].emplace(item.first, PagedEntry{item.second.number, item.second.head});
            return true;
        });
        for (const auto& [position, message] : returned_[level])
            if (in_range(position)) kept.push_back({level, position});
    }
    for (const auto& [position, message] : unacked_)
        if (in_range(position)) kept.push_back({message.head.level, position});
}

void ModelQueue::lost(std::uint8_t level, std::uint64_t entries, std::uint64_t) {
    unknown_[level] -= static_cast<std::int64_t>(entries);
    lost_entries_ += entries;
}

}  // namespace warren::sim
