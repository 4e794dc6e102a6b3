#include "auth/access_cache.h"

#include <algorithm>
#include <utility>

namespace warren::auth {

AccessDecision AccessCache::allow(const AccessControl& control, const Identity& identity,
                                  const Resource& resource, Permission permission) {
    forget_if_stale(control);
    const Key key{resource.kind == ResourceKind::queue ? Kind::queue : Kind::exchange,
                  permission,
                  resource.name,
                  {}};
    if (contains(key)) return {};
    auto decision = control.allow(identity, resource, permission);
    if (decision) remember(key);
    return decision;
}

AccessDecision AccessCache::allow_topic(const AccessControl& control, const Identity& identity,
                                        const TopicUse& use, Permission permission) {
    forget_if_stale(control);
    const Key any_key{Kind::any_topic, permission, use.exchange, {}};
    if (contains(any_key)) return {};
    const Key this_key{Kind::topic, permission, use.exchange, use.routing_key};
    if (contains(this_key)) return {};
    if (!control.restricts_topics(identity, use.vhost, use.exchange)) {
        remember(any_key);
        return {};
    }
    auto decision = control.allow_topic(identity, use, permission);
    if (decision) remember(this_key);
    return decision;
}

void AccessCache::clear() {
    entries_.clear();
    next_ = 0;
}

void AccessCache::forget_if_stale(const AccessControl& control) {
    if (version_ == control.version()) return;
    clear();
    version_ = control.version();
}

bool AccessCache::contains(const Key& key) const {
    return std::ranges::any_of(entries_, [&](const Entry& entry) {
        return entry.kind == key.kind && entry.permission == key.permission &&
               entry.name == key.name && entry.routing_key == key.routing_key;
    });
}

void AccessCache::remember(const Key& key) {
    Entry entry{key.kind, key.permission, std::string(key.name), std::string(key.routing_key)};
    if (entries_.size() < entries_max)
        entries_.push_back(std::move(entry));
    else
        entries_[next_] = std::move(entry);
    next_ = (next_ + 1) % entries_max;
}

}  // namespace warren::auth
