// Messages that are looked at, or taken out, wherever they stand.
#include <algorithm>
#include <utility>

#include "broker/queue/ready_list.h"

namespace warren::broker {

namespace {

ReadyMessage shared_copy(const ReadyMessage& ready) {
    ReadyMessage copy;
    copy.message = ready.message.share();
    copy.position = ready.position;
    copy.deadline = ready.deadline;
    copy.body_bytes = ready.body_bytes;
    copy.level = ready.level;
    copy.redelivered = ready.redelivered;
    return copy;
}

}  // namespace

ReadyList::Glance ReadyList::peek(const PeekCursor& from, std::size_t most) const {
    Glance glance{.messages = {}, .next = from};
    while (glance.messages.size() < most && !glance.at_end) {
        if (glance.next.level == PeekCursor::line_of_returned)
            peek_returned(glance, most);
        else
            peek_level(glance, most);
    }
    return glance;
}

void ReadyList::peek_returned(Glance& glance, std::size_t most) const {
    for (; glance.next.seen < returned_.size(); ++glance.next.seen) {
        if (glance.messages.size() == most) return;
        glance.messages.push_back(shared_copy(returned_[glance.next.seen]));
    }
    glance.next = {.level = level_max(), .seen = 0};
}

// What is in memory and what is paged of a level have one order, that of positions: the first of
// each are the first of all, as far as the reading of the log has come.
void ReadyList::peek_level(Glance& glance, std::size_t most) const {
    const std::size_t level = std::min<std::size_t>(glance.next.level, level_max());
    const std::size_t room = most - glance.messages.size();
    std::vector<ReadyMessage> found;
    levels_[level].for_first_above(glance.next.seen, room, [&](const ReadyMessage& ready) {
        found.push_back(shared_copy(ready));
    });
    std::uint64_t through = UINT64_MAX;
    if (levels_[level].has_paged())
        through = store_->peek(static_cast<std::uint8_t>(level), glance.next.seen,
                               static_cast<std::uint32_t>(room),
                               [&](ReadyMessage&& ready) { found.push_back(std::move(ready)); });
    std::erase_if(found, [&](const ReadyMessage& ready) { return ready.position > through; });
    std::ranges::sort(found, {}, &ReadyMessage::position);
    if (found.size() > room) found.resize(room);
    if (!found.empty()) {
        glance.next.seen = found.back().position;
        std::ranges::move(found, std::back_inserter(glance.messages));
    } else if (through != UINT64_MAX) {
        glance.next.seen = through;  // what is paged there cannot be read
    } else if (level == 0) {
        glance.at_end = true;
    } else {
        glance.next = {.level = static_cast<std::uint16_t>(level - 1), .seen = 0};
    }
}

std::optional<ReadyMessage> ReadyList::take_from(const MessagePlace& place) {
    if (place.level > level_max()) return std::nullopt;
    const ReadyLevel& level = levels_[place.level];
    if (level.find(place.position) == nullptr) {
        if (auto returned = take_returned(place.position)) return returned;
        if (!level.has_paged()) return std::nullopt;
        store_->load_entry({place.level, place.position},
                           [this](ReadyMessage&& ready) { enter_loaded(std::move(ready), false); });
        recount_paged();
    }
    return take(place.level, place.position);
}

std::optional<ReadyMessage> ReadyList::take_returned(std::uint64_t position) {
    std::size_t at = 0;
    while (at < returned_.size() && returned_[at].position != position)
        ++at;
    if (at == returned_.size()) return std::nullopt;
    // To the front, where messages leave the line.
    for (; at != 0; --at)
        std::swap(returned_[at], returned_[at - 1]);
    return pop_returned();
}

std::optional<std::uint64_t> ReadyList::oldest_position() const {
    if (empty()) return std::nullopt;
    std::uint64_t oldest = returned_.empty() ? UINT64_MAX : returned_.front().position;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        oldest = std::min(oldest, levels_[level].lowest_position());
        if (levels_[level].has_paged())
            oldest = std::min(oldest, store_->log().first_paged(static_cast<std::uint8_t>(level)));
    }
    return oldest;
}

}  // namespace warren::broker
