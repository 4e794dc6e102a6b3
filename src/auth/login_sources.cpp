#include "auth/login_sources.h"

#include "amqp091/utf8.h"

namespace warren::auth {

namespace {

std::string shown_name(std::string_view username) {
    if (username.size() > LoginSources::username_bytes_max) {
        std::size_t end = LoginSources::username_bytes_max;
        // Not within a letter.
        constexpr unsigned char continues_mask = 0xC0;
        constexpr unsigned char continues = 0x80;
        while (end > 0 && (static_cast<unsigned char>(username[end]) & continues_mask) == continues)
            --end;
        username = username.substr(0, end);
    }
    return amqp091::to_utf8(username);
}

}  // namespace

void LoginSources::count(std::string_view remote_address, std::string_view username,
                         std::string_view protocol, LoginOutcome outcome) {
    if (!tracks_) return;
    LoginSource source{std::string(remote_address), shown_name(username), protocol};
    auto found = sources_.find(source);
    if (found == sources_.end()) {
        make_room();
        found = sources_.emplace(std::move(source), Seen{}).first;
    } else {
        by_last_.erase(found->second.last);
    }
    Seen& seen = found->second;
    seen.last = ++logins_;
    by_last_.emplace(seen.last, found);
    ++(outcome == LoginOutcome::succeeded ? seen.counts.succeeded : seen.counts.failed);
}

void LoginSources::forget() {
    sources_.clear();
    by_last_.clear();
}

void LoginSources::add_to(LoginsBySource& logins) const {
    for (const auto& [source, seen] : sources_)
        logins[source] += seen.counts;
}

void LoginSources::make_room() {
    if (sources_.size() < sources_max) return;
    const auto oldest = by_last_.begin();
    sources_.erase(oldest->second);
    by_last_.erase(oldest);
}

}  // namespace warren::auth
