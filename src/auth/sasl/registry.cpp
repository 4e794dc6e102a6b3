#include "auth/sasl/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/sasl/amqplain.h"
#include "auth/sasl/anonymous.h"
#include "auth/sasl/external.h"
#include "auth/sasl/plain.h"
#include "auth/sasl/rabbit_cr_demo.h"

namespace warren::auth {

namespace {

using MechanismPtr = std::unique_ptr<Mechanism>;

// A mechanism is known by its name here and nowhere else.
struct Entry {
    std::string_view name;
    bool (*can_serve)(const SaslSettings& settings, const Peer& peer);
    MechanismPtr (*begin)(const SaslSettings& settings, const Peer& peer);
};

bool always(const SaslSettings&, const Peer&) {
    return true;
}

constexpr Entry entries[] = {
    {"PLAIN", always,
     [](const SaslSettings&, const Peer&) -> MechanismPtr {
         return std::make_unique<PlainMechanism>();
     }},
    {"AMQPLAIN", always,
     [](const SaslSettings&, const Peer&) -> MechanismPtr {
         return std::make_unique<AmqplainMechanism>();
     }},
    // Offered to TLS peers without a certificate too: they are then told that it is missing.
    {"EXTERNAL", [](const SaslSettings&, const Peer& peer) { return peer.is_tls; },
     [](const SaslSettings&, const Peer& peer) -> MechanismPtr {
         return std::make_unique<ExternalMechanism>(peer);
     }},
    {"ANONYMOUS",
     [](const SaslSettings& settings, const Peer&) { return settings.anonymous.has_value(); },
     [](const SaslSettings& settings, const Peer&) -> MechanismPtr {
         return std::make_unique<AnonymousMechanism>(*settings.anonymous);
     }},
    {"RABBIT-CR-DEMO", always,
     [](const SaslSettings&, const Peer&) -> MechanismPtr {
         return std::make_unique<RabbitCrDemoMechanism>();
     }},
};

const Entry* find_entry(std::string_view name) {
    const auto* found = std::ranges::find(entries, name, &Entry::name);
    return found == std::end(entries) ? nullptr : found;
}

}  // namespace

bool is_known_mechanism(std::string_view name) {
    return find_entry(name) != nullptr;
}

bool SaslRegistry::offers(std::string_view name, const Peer& peer) const {
    const Entry* entry = find_entry(name);
    const bool configured =
        std::ranges::find(settings_.mechanisms, name) != settings_.mechanisms.end();
    return entry != nullptr && configured && entry->can_serve(settings_, peer);
}

std::string SaslRegistry::offered(const Peer& peer) const {
    std::string names;
    for (const auto& name : settings_.mechanisms) {
        if (!offers(name, peer)) continue;
        if (!names.empty()) names += ' ';
        names += name;
    }
    return names;
}

Result<std::unique_ptr<Mechanism>, std::string> SaslRegistry::begin(std::string_view name,
                                                                    const Peer& peer) const {
    if (!is_known_mechanism(name))
        return fail(fmt::format("unknown authentication mechanism '{}'", name));
    if (!offers(name, peer))
        return fail(fmt::format("invalid authentication mechanism '{}'", name));
    return find_entry(name)->begin(settings_, peer);
}

}  // namespace warren::auth
