// Dead letters that must arrive (x-dead-letter-strategy at-least-once): each stays in its queue,
// with a note, and is sent until every queue that it is routed to has it. RabbitMQ's way is the
// same: a few at a time, and again after a while what found no queue or was refused.
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"
#include "broker/queue/queue.h"
#include "broker/queue/wall_deadline.h"

namespace warren::broker {

bool Queue::assures_letters() const {
    return quorum_ != nullptr && settings_.dead_letter_at_least_once &&
           settings_.dead_letter_exchange && !leaving_;
}

void Queue::keep_letter(Letter&& letter) {
    const MessageNote* known = quorum_->notes.find(letter.position);
    // One that died before the last start has its note.
    if (known == nullptr || !known->died) {
        MessageNote note = known == nullptr ? MessageNote{} : *known;
        note.died = letter.reason;
        note.died_at_ms = host_.now().wall.ms;
        change_note(letter.position, letter.level, note);
    }
    ++counters_.dead_lettered;
    AssuredLetters& letters = quorum_->letters;
    letters.bytes += measure_.bytes_of(*letter.message);
    letters.unsent.push_back(letter.position);
    letters.all.add(std::move(letter));
}

void Queue::send_letters() {
    AssuredLetters& letters = quorum_->letters;
    while (!letters.unsent.empty() &&
           letters.on_their_way.size() < AssuredLetters::on_their_way_max) {
        const std::uint64_t position = letters.unsent.front();
        letters.unsent.pop_front();
        const Letter* letter = letters.all.find(position);
        if (letter == nullptr) continue;
        letters.on_their_way.insert(position);
        host_.dead_letter(*this, letter->message.share(), letter->reason, position);
    }
}

void Queue::assured_letter_done(std::uint64_t position, LetterOutcome outcome) {
    AssuredLetters& letters = quorum_->letters;
    if (letters.on_their_way.erase(position) == 0) return;
    if (outcome == LetterOutcome::safe) {
        if (const auto letter = letters.all.take(position)) {
            letters.bytes -= measure_.bytes_of(*letter->message);
            letter_has_left(*letter);
            host_.count_letter_confirmed(*this);
        }
    } else if (letters.all.find(position) != nullptr) {
        letters.retries.push_back({host_.now().instant.plus_ms(limits::letter_retry_ms), position});
        arm_timer();
    }
    send_letters();
}

void Queue::retry_letters(Instant now) {
    AssuredLetters& letters = quorum_->letters;
    while (!letters.retries.empty() && letters.retries.front().at <= now) {
        letters.unsent.push_back(letters.retries.front().position);
        letters.retries.pop_front();
    }
    send_letters();
}

// They go nowhere: purged, or the queue assures nothing any more.
void Queue::drop_letters(Departure why) {
    AssuredLetters& letters = quorum_->letters;
    while (auto letter = letters.all.take_first()) {
        note_departure(letter->position, why);
        if (letter->logged) store_->log().settle(letter->level, letter->position);
    }
    letters.bytes = 0;
    letters.unsent.clear();
    letters.retries.clear();
}

}  // namespace warren::broker
